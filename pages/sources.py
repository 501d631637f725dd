"""Sources: where does every figure come from, on what terms, and was it checked?"""

import streamlit as st

from atlas.i18n import _
from atlas.ui import provenance, shell


def show() -> None:
    """Draw the page."""
    st.title(_("Sources"), anchor=False)
    st.markdown(f"#### {provenance.finding()}")
    provenance.show_summary()
    st.subheader(_("Each source"), anchor=False)
    provenance.show_details()
    st.markdown(
        _(
            "Boundaries and figures under an open licence are shipped in normalised form with this "
            "atlas. Publishers do not endorse it."
        )
    )


shell.show_page(show)
