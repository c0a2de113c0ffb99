r"""Equations as MathML, which browsers draw themselves: the site loads no script and no font for them.

KaTeX and MathJax are 1 to 3 MB of script and fonts that would have to be vendored, and draw only where scripts run.
MathML is part of the page: it is there at once, scales with the text, is read out and can be copied, and every browser
since 2023 draws it (Chromium from 109 on). The pages hold LaTeX between `$` or `$$`, as GitHub draws it too.
"""

from __future__ import annotations

import html
import re

from latex2mathml.converter import convert

_EQUATION = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\(?P<open>[(\[])(?P<latex>.*?)\\[)\]]</(?P=tag)>', re.DOTALL
)


def as_mathml(page: str) -> str:
    """The HTML of a page with MathML where arithmatex left LaTeX.

    Raises:
        ValueError: A piece of LaTeX is not known to latex2mathml, and would stand on the page as it is.
    """
    return _EQUATION.sub(_converted, page)


def _converted(found: re.Match[str]) -> str:
    latex = html.unescape(found["latex"]).strip()
    is_block = found["open"] == "["
    mathml = convert(latex, display="block" if is_block else "inline")
    if left := re.search(r"\\[A-Za-z]+", re.sub(r"<[^>]*>", "", mathml)):
        raise ValueError(f"latex2mathml does not know all of {latex}: it left {left[0]}")
    return f'<div class="equation" tabindex="0">{mathml}</div>' if is_block else mathml
