"""Overdose Atlas: page configuration, navigation, and a footer with the data's dates."""

import streamlit as st

from atlas.i18n import _
from atlas.ui import shell

st.set_page_config(page_title="Overdose Atlas", page_icon="static/icon.png", layout="wide")
shell.choose_language()

page = st.navigation(
    [
        st.Page("pages/overview.py", title=_("Overview"), default=True),
        st.Page("pages/trends.py", title=_("Trends")),
        st.Page("pages/export.py", title=_("Export")),
        st.Page("pages/sources.py", title=_("Sources")),
    ],
    position="top",
)
shell.run(page)
