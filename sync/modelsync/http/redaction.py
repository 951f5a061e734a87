"""What of an address, a header or a body may be shown, and where a request may be led."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urljoin, urlsplit

from modelsync.errors import SourceFailed
from modelsync.records.secret import is_secret

_READ = 1 << 16
_EXCERPT = 80
_LONG = 8
_LONG_PART = 20  # of a path
_HEXADECIMAL = re.compile("[0-9a-fA-F]{16,}")
_ESCAPES = {"/": (r"\/", r"\u002f", r"\u002F"), "+": (r"\u002b", r"\u002B")}  # that JSON may do without


def leads_to(url: str, address: str) -> str:
    """Where a redirect or a link from `url` leads, if that is the same host by https, on its port or the
    usual one, or the same place on loopback; else nothing, for it is not to be followed."""
    try:
        following = urljoin(url, address)
        old, new = urlsplit(url), urlsplit(following)
        same = (old.scheme, old.port) == (new.scheme, new.port)
        secure = new.scheme == "https" and (same or new.port in (None, 443))
    except ValueError:
        return ""
    here = old.hostname == new.hostname and new.username is None
    return following if here and (secure or (same and _is_loopback(old.hostname))) else ""


def shown_url(url: str) -> str:
    """The address for people: no user, no password, no credential in its path or query; all of it prints."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return "an address that cannot be read"
    shown = [(name, "***" if is_secret(name) else value) for name, value in query]
    path = "/".join("***" if _may_be_a_key(part) else part for part in parts.path.split("/"))
    address = f"{parts.netloc}{path}".rpartition("@")[2]  # a password may hold a slash
    asked = f"?{urlencode(shown, safe='*,/:')}" if shown else ""
    scheme = f"{parts.scheme}://" if parts.scheme else ""
    return ascii(f"{scheme}{address}{asked}")[1:-1]


def possible_keys(url: str) -> Iterator[str]:
    """The parts of an address's path that may be keys: what answers may repeat them, as a page that is not
    found does."""
    with suppress(ValueError):
        yield from filter(_may_be_a_key, urlsplit(url).path.split("/"))


def _may_be_a_key(part: str) -> bool:
    """Whether a part of a path is none that people write: long, with digits, or said to be a key."""
    has_digits, plain = any(map(str.isdigit, part)), re.sub("[-_:]", "", part)
    return part.startswith(("sk-", "pk-", "key-", "eyJ")) or (
        has_digits and ((len(part) >= _LONG_PART and plain.isalnum()) or bool(_HEXADECIMAL.fullmatch(plain)))
    )


def redact(text: str, secrets: Collection[str]) -> str:
    """The text with `***` for each secret: plain, URL-encoded, or in base64, as JSON may write them too."""
    forms = {form for secret in secrets if len(secret) > 3 for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def repeats(body: bytes, secrets: Collection[str]) -> bool:
    """Whether a body holds a secret in any form. A short one may be a word like any other."""
    forms = {form for secret in secrets if len(secret) >= _LONG for form in _forms(secret)}
    return any(form.encode("utf-8", "surrogateescape") in body for form in forms)


def excerpt(body: bytes, secrets: Collection[str] = ()) -> str:
    """The first characters of a body, quoted, with all that does not print escaped."""
    text = redact(body[:_READ].decode("utf-8", "backslashreplace"), secrets).strip()
    return ascii(text[:_EXCERPT]) + ("…" if len(text) > _EXCERPT else "")


def credentials(url: str, headers: Mapping[str, str]) -> Iterator[str]:
    """The secrets in a request: what authenticates in its headers, with and without its scheme, and in its
    query."""
    for name, value in headers.items():
        if is_secret(name):
            yield value
            yield value.rpartition(" ")[2]
    with suppress(ValueError):
        yield from (value for name, value in parse_qsl(urlsplit(url).query) if is_secret(name))


def check_request(url: str, headers: Mapping[str, str]) -> None:
    """Refuse here what the library below would repeat, value and all, in its error."""
    if "@" in url.partition("?")[0]:
        raise SourceFailed("the address holds a user name", advice="name the key's variable in api_key_env")
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()) or value != value.strip():
            raise SourceFailed(
                f"the value for the header {name} has a character that cannot be sent",
                advice="look for a line break or a quote in the key",
                kind="authentication",
            )


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _forms(secret: str) -> Iterator[str]:
    coded = secret.encode("utf-8", "surrogateescape")
    encoded = (encode(coded).decode().rstrip("=") for encode in (base64.b64encode, base64.urlsafe_b64encode))
    for form in (secret, quote(coded, safe=""), quote_plus(coded), *encoded):
        yield form
        for character, ways in _ESCAPES.items():
            yield from (form.replace(character, way) for way in ways)
