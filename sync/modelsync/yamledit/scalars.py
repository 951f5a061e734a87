"""What a plain scalar means in YAML 1.1 and 1.2, and how a value is written so that both agree."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = {
    **dict.fromkeys(
        (f"{sign}.{word}" for sign in ("", "+") for word in ("inf", "Inf", "INF")), Decimal("Infinity")
    ),
    **dict.fromkeys((f"-.{word}" for word in ("inf", "Inf", "INF")), Decimal("-Infinity")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), Decimal("NaN")),
}
NUMERIC = tuple("-+.0123456789")  # what a number begins with
_MAX_WRITTEN = 100
_MAX_DIGITS = 400  # more than any float has: a longer number is an attack or a mistake

# What any reader of YAML 1.1 (PyYAML, Ruby, go-yaml 2) or 1.2 takes for something else than text.
_NOT_TEXT = re.compile(
    r"""(?: [-+]?[0-9][0-9_,]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?
          | [-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?
          | [-+]?0[xXoObB][0-9a-fA-F_,]+
          | [-+]?[0-9][0-9_]*(?::[0-9]{1,2})+(?:\.[0-9_]*)?
          | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt\ \t].*)?
          | [-+]?\.(?:inf|nan)
          | true|false|yes|no|on|off|y|n|null|nil|~|=|<<|
        )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
# Printable in every dialect, and not a character that hides or reorders what a reviewer sees.
_UNPRINTABLE = (
    "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    "|[\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_FIRST = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|-[^\s,\[\]{}\-]")
_BREAKS_BLOCK = re.compile(r": |:\t|:$| #|\t#|[\n\t]| $")
_BREAKS_FLOW = re.compile(r"[,\[\]{}?:]")  # libyaml takes no `a:b` there
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_TO_ESCAPE = rf'["\\\t\n]|{_UNPRINTABLE}'


def read_plain(text: str) -> str | int | bool | Decimal | None:
    """The value of a plain scalar by the core schema of YAML 1.2.

    A float is a `Decimal`, `.inf` and `.nan` included; a date is its text.
    Raises ValueError for a number of more than 400 digits.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in NUMERIC:
        return text
    if _INTEGER.fullmatch(text):
        if len(text) > _MAX_DIGITS:
            raise ValueError(f"a number of {len(text)} digits")
        return int(text, 0 if text.startswith(("0o", "0x")) else 10)
    if not _FLOAT.fullmatch(text):
        return _SPECIAL.get(text, text)
    number = Decimal(text)
    if len(text) > _MAX_DIGITS or abs(number.adjusted()) > _MAX_DIGITS:
        raise ValueError("a number of more digits than any price has")
    return number


# The numbers of YAML 1.1, as PyYAML reads them: https://yaml.org/type/int.html, https://yaml.org/type/float.html
_OLD_BASES = {
    2: re.compile(r"[-+]?0b[01_]+"),
    8: re.compile(r"[-+]?0[0-7_]+"),
    16: re.compile(r"[-+]?0x[0-9a-fA-F_]+"),
}
_OLD_DECIMAL = re.compile(
    r"[-+]?(?:0|[1-9][0-9_]*)"
    r"|(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?"
)
_OLD_SEXAGESIMAL = re.compile(
    r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*"
)
_AGREED = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?")


def unlike(text: str) -> str:
    """What a plain number is to readers of YAML 1.2 and of 1.1, where these disagree; else nothing."""
    if text[:1] not in NUMERIC or len(text) > _MAX_WRITTEN or _AGREED.fullmatch(text):
        return ""
    try:
        new, old = (
            "text" if side is None or isinstance(side, str) else word_text(side)
            for side in (read_plain(text), read_old(text))
        )
    except ValueError:  # no number that anybody means
        return ""
    return f"{text} is {new} to readers of YAML 1.2, and {old} to those of YAML 1.1" if new != old else ""


def read_old(text: str) -> Decimal | None:
    """The number of YAML 1.1 that a plain scalar is; None for a text."""
    digits = text.replace("_", "")
    for base, number in _OLD_BASES.items():
        if number.fullmatch(text):
            return Decimal(int(digits, base))
    if _OLD_SEXAGESIMAL.fullmatch(text):
        value = Decimal()
        for part in digits.lstrip("-+").split(":"):
            value = value * 60 + Decimal(part)
        return -value if text.startswith("-") else value
    return Decimal(digits) if _OLD_DECIMAL.fullmatch(text) else None


class PlainReader(dict[str, str | int | bool | Decimal | None]):
    """Remembers what plain texts mean: a catalog says the same few thousand over and over."""

    def __missing__(self, text: str) -> str | int | bool | Decimal | None:
        value = self[text] = read_plain(text)
        return value


# ---------------------------------------------------------------------------- writing


def _is_printable(text: str) -> bool:
    """Whether every reader sees each character as it is; few texts need the pattern, slow to compile."""
    return (text.isascii() and text.isprintable()) or not re.search(_UNPRINTABLE, text)


def can_be_plain(text: str, *, flow: bool) -> bool:
    """Whether the text can stand without quotes, in block or in flow: both dialects read it as itself."""
    return (
        bool(_FIRST.match(text))
        and not _BREAKS_BLOCK.search(text)
        and not (flow and _BREAKS_FLOW.search(text))
        and _is_printable(text)
        and not text.startswith(("---", "..."))
        and not _NOT_TEXT.fullmatch(text)
    )


def can_be_single(text: str) -> bool:
    return "\n" not in text and "\t" not in text and _is_printable(text)


def can_be_block(text: str) -> bool:
    """Whether the text can be a literal or folded scalar that needs no indicator but `-`.

    `+` would take in blank lines that follow by chance.
    """
    body = text.removesuffix("\n")
    return (
        body[:1] not in ("", " ", "\t", "\n") and not body.endswith((" ", "\t", "\n")) and _is_printable(text)
    )


def can_be_comment(text: str) -> bool:
    """Whether the text, put behind a `#`, reads back as itself: one line that can be printed."""
    return text != "" and text == text.strip() and can_be_single(text)


def quoted(text: str, *, single: bool) -> str:
    """The text in single quotes, where they can hold it, or in double ones.

    Raises ValueError for a lone surrogate, which no file can hold.
    """
    if single and can_be_single(text):
        return "'" + text.replace("'", "''") + "'"
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("text with a lone surrogate")
    return '"' + re.sub(_TO_ESCAPE, _escape, text) + '"'


def json_quoted(text: str) -> str:
    """The text as JSON has it. Raises ValueError for a lone surrogate, which no file can hold."""
    quoted(text, single=False)
    return json.dumps(text, ensure_ascii=not _is_printable(text))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in _ESCAPES:
        return _ESCAPES[match[0]]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def word_text(value: int | Decimal | date | None) -> str:
    """Anything but a string, as YAML; a number in its shortest exact form, as both dialects read it.

    Raises ValueError for a number that is not finite, or too long to be meant.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    number = Decimal(value)
    if not number.is_finite() or max(abs(number.adjusted()), len(number.as_tuple().digits)) > _MAX_WRITTEN:
        raise ValueError("a number that is not finite, or too long")
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def grouped_text(value: object, old: str) -> str:
    """A number with `_` between its thousands, as the one of YAML 1.1 has them in whose place it goes.

    Nothing where that has none, or is no number.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | Decimal)
        or "_" not in old
        or read_old(old) is None
    ):
        return ""
    whole, point, digits = word_text(value).partition(".")
    return f"{int(whole):_}{point}{digits}"
