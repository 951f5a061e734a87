"""What words say of money: the unit that prices are in, and another currency than USD. It reads no file."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z]+|\d+[a-z]*")
_SEPARATED = re.compile(r"(?<=\d)[,_.' ](?=\d{3}(?!\d))")
_UNITS = {
    "per_1m_tokens": {"1m", "1mm", "million", "millions", "mtok", "mtoken", "mtokens", "1000000", "1e6"},
    "per_1k_tokens": {"1k", "thousand", "thousands", "ktok", "ktoken", "ktokens", "1000", "1e3"},
}
_ONE = {"token", "tokens", "tok"}
_OTHER_CURRENCY = re.compile(
    r"\b(cny|rmb|cnh|yuan|renminbi|eur|euros?|gbp|jpy|yen|inr|rupees?|krw|chf|cad|aud|brl|rub)\b"
    r"|[¥￥€£₹₩元円]|人民币",
    re.IGNORECASE,
)


def unit_in(words: str) -> str:
    """The one unit of prices that the words name (`per 1,000 tokens`, `per_mtok`); empty: none, or two."""
    parts = set(_WORD.findall(_SEPARATED.sub("", words.lower().replace("__", "_"))))
    named = [unit for unit, names in _UNITS.items() if parts & names]
    if not named and parts & _ONE and parts & {"per", "each", "a", "single", "1"}:
        return "per_token"
    return named[0] if len(named) == 1 else ""


def other_currency(words: str) -> str:
    """The currency that the words name beside USD; empty where they name none."""
    match = _OTHER_CURRENCY.search(words.replace("_", " "))
    return match[0] if match else ""
