"""Streamlit only: filters bound to the URL, cached reads, cards, tables, downloads."""
