"""Frames to figures: palette, preliminary shading, suppression marks. No Streamlit."""
