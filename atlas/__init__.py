"""The library behind the pages: warehouse, catalogue, analysis, charts, user interface."""
