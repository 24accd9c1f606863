"""The guard lets nobody reach what is not public, however it is written (F01, F03, F04)."""

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datenernte_dcat.errors import ConfigError, ForbiddenAddress
from datenernte_validators.network.addresses import is_public, spelled_address
from datenernte_validators.network.guard import Guard, resolve, without_userinfo

LOOPBACK = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0X7F.0X0.0X0.0X1",
    "0177.0.0.1",
    "0177.1",
    "017700000001",
    "0x7f.0.0.01",
    "00000000177.0.0.1",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "127。0。0。1",
    "127．0．0．1",  # noqa: RUF001
    "１２７.0.0.1",  # noqa: RUF001
    "①②⑦.⓪.⓪.①",
    "0",
    "0.0.0.0",  # noqa: S104
    "0x",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[2002:7f00:1::]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2001:0:7f00:1::]",
    "[2a00:1::5efe:127.0.0.1]",
    "localhost",
    "LOCALHOST.",
    "ｌｏｃａｌｈｏｓｔ",  # noqa: RUF001
    "portal.localhost",
)
OTHERS = (
    "10.0.0.1",
    "10.1",
    "0xa000001",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.257",
    "3232235521",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.1.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[fc00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[2001:10::1]",
    "[3fff::1]",
    "[100::1]",
    "[64:ff9b:1::8.8.8.8]",
    "[64:ff9b::10.0.0.1]",
    "[2002:a00:1::1]",
    "[2002:808:808::1]",
    "[::8.8.8.8]",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "metadata.google.internal",
    "fritz.box.local",
    "intranet",
)
MALFORMED = (
    "http://",
    "http:///pfad",
    "http:127.0.0.1",
    "http://256.0.0.1/",
    "http://1.2.3.4.5/",
    "http://08.0.0.1/",
    "http://0x100000000/",
    "http://[::1/",
    "http://[::g]/",
    "http://[v1.a]/",
    "http://127.0.0.1\\@stadt.example.org/",
    "http://stadt.example.org\\@127.0.0.1/",
    "http://stadt.example.org\t.test/",
    "http://stadt.example.org/\r\nHost: x",
    "http://stadt example.org/",
    "http://stadt.example.org:99999/",
    "http://stadt.example.org:http/",
    "http://127.0.0.1%00.example.org/",
    "http://127.0.0.1%2f.example.org/",
    "http://127.0.0\u00ad.1/",
    "http://127.0.0.1\u200b/",
    "http://a..example.org/",
    "http://a℀.example.org/",
)


@pytest.mark.parametrize("host", LOOPBACK + OTHERS)
@pytest.mark.parametrize("scheme", ["http", "https", "HtTp"])
def test_no_spelling_of_an_address_that_is_not_public_passes(scheme: str, host: str) -> None:
    with pytest.raises(ForbiddenAddress) as refused:
        Guard().check_url(f"{scheme}://{host}/daten.csv")
    assert refused.value.code in ("net-private", "net-invalid")


@pytest.mark.parametrize("host", LOOPBACK)
def test_an_exception_for_another_port_opens_nothing(host: str) -> None:
    guard = Guard(("127.0.0.1:8099", "localhost:8099", "[::1]:8099"))
    with pytest.raises(ForbiddenAddress):
        guard.check_url(f"http://{host}:8098/")


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        Guard().check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "file://server/freigabe",
        "ftp://stadt.example.org/daten.csv",
        "data:text/csv,a",
        "javascript:alert(1)",
        "gopher://stadt.example.org/",
        "jar:http://stadt.example.org/!/x",
        "\\\\server\\freigabe",
        "//stadt.example.org/daten.csv",
        "/etc/passwd",
        "C:\\daten.csv",
        "",
    ],
)
def test_only_http_and_https_are_asked(url: str) -> None:
    with pytest.raises(ForbiddenAddress) as refused:
        Guard().check_url(url)
    assert refused.value.code == "net-scheme"


@pytest.mark.parametrize(
    "url",
    [
        "https://stadt.example.org/daten.csv",
        "http://opendata.stadt.example.org:8080/a b.csv?x=1:2@3#ende",
        "https://müller.example.org/ä.csv",
        "https://xn--mller-kva.example.org/",
        "HTTP://STADT.EXAMPLE.ORG.",
        "http://8.8.8.8/",
        "http://134744072/",
        "http://[2a00:1450:4001:80b::200e]/",
        "http://[64:ff9b::8.8.8.8]/",
        "http://1.example.org/",
        "http://0x7f.example.org/",
    ],
)
def test_public_urls_pass(url: str) -> None:
    Guard().check_url(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://nutzer:geheim@stadt.example.org/a", "http://stadt.example.org/a"),
        ("https://geheim@stadt.example.org", "https://stadt.example.org"),
        ("http://a:geheim@b@stadt.example.org/", "http://stadt.example.org/"),
        ("//nutzer:geheim@stadt.example.org/", "//stadt.example.org/"),
        ("ftp://nutzer:geheim@stadt.example.org/", "ftp://stadt.example.org/"),
        ("http:nutzer:geheim@stadt.example.org/", "http:stadt.example.org/"),
        (" http://nutzer:geheim@stadt.example.org/", " http://stadt.example.org/"),
    ],
)
def test_credentials_in_a_url_are_refused_and_never_repeated(url: str, shown: str) -> None:
    with pytest.raises(ForbiddenAddress) as refused:
        Guard().check_url(url)
    assert "geheim" not in str(refused.value)
    assert refused.value.url == shown == without_userinfo(url)


def test_a_refusal_is_one_printable_line() -> None:
    with pytest.raises(ForbiddenAddress) as refused:
        Guard().check_url("ftp://a.example.org/\n2026-01-01 ok\x1b[31m\u202e\ud800")
    assert str(refused.value).isprintable()
    assert refused.value.url == "ftp://a.example.org/%0A2026-01-01 ok%1B[31m%E2%80%AE%3F"


def test_an_at_sign_outside_the_authority_is_no_credential() -> None:
    assert without_userinfo("https://a.example.org/@x?y=@z") == "https://a.example.org/@x?y=@z"
    assert without_userinfo("mailto:amt@stadt.example.org") == "mailto:amt@stadt.example.org"


@pytest.mark.parametrize("port", [22, 25, 110, 143, 6667, 0])
def test_ports_of_other_services_are_refused(port: int) -> None:
    assert not Guard().allows("8.8.8.8", port)
    for host in ("stadt.example.org", "8.8.8.8"):
        with pytest.raises(ForbiddenAddress) as refused:
            Guard().check_url(f"http://{host}:{port}/")
        assert refused.value.code == "net-port"


def test_an_allowed_address_opens_exactly_itself_and_its_port() -> None:
    guard = Guard(("127.0.0.1:8099", "[fd00::5]:443", "169.254.169.254:80"))
    guard.check_url("http://127.0.0.1:8099/x")
    guard.check_url("http://0x7f.1:8099/x")
    guard.check_url("https://[fd00::5]/x")
    assert guard.allows("127.0.0.1", 8099)
    assert guard.allows("fd00:0::5", 443)
    assert guard.allows("169.254.169.254", 80)
    for ip, port in (
        ("127.0.0.1", 80),
        ("127.0.0.2", 8099),
        ("::1", 8099),
        ("::ffff:127.0.0.1", 8099),
        ("fd00::6", 443),
        ("169.254.169.254", 443),
    ):
        assert not guard.allows(ip, port)


def test_an_allowed_name_opens_private_addresses_only_for_that_name_and_port() -> None:
    guard = Guard(("Portal.intern:8080",))
    guard.check_url("http://portal.intern:8080/")
    assert guard.allows("10.1.2.3", 8080, "portal.intern")
    assert guard.allows("fd00::1", 8080, "PORTAL.intern.")
    assert guard.allows("127.0.0.1", 8080, "portal.intern")
    assert not guard.allows("10.1.2.3", 8080)
    assert not guard.allows("10.1.2.3", 8081, "portal.intern")
    assert not guard.allows("10.1.2.3", 8080, "anderes.intern")
    for never in ("169.254.169.254", "0.0.0.1", "224.0.0.1", "fe80::1", "::ffff:10.1.2.3"):
        assert not guard.allows(never, 8080, "portal.intern")


def test_allowing_localhost_allows_both_loopback_addresses() -> None:
    guard = Guard(("localhost:8099",))
    guard.check_url("http://localhost:8099/")
    assert guard.allows("127.0.0.1", 8099)
    assert guard.allows("::1", 8099)
    assert not guard.allows("127.0.0.1", 8098)


@pytest.mark.parametrize(
    "entry",
    [
        *("", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:http"),
        *("10.0.0.0/8:80", "::1:80", "http://127.0.0.1:80", "a@b:80", "256.0.0.1:80", "[::1:80"),
        *("127.0.0.1:-1", "127.0.0.1:８０"),  # noqa: RUF001
    ],
)
def test_an_unreadable_exception_is_a_configuration_error(entry: str) -> None:
    with pytest.raises(ConfigError):
        Guard((entry,))


PREFIXES = (0x20020000 << 96, 0x64FF9B << 96, 0xFFFF << 32, 0xFFFF << 48, 0, 0x20010000 << 96)
ANY_ADDRESS = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 2**128 - 1).map(IPv6Address),
    st.integers(0, 2**125 - 1).map(lambda low: IPv6Address(1 << 125 | low)),
    st.builds(
        lambda prefix, low: IPv6Address(prefix | low),
        st.sampled_from(PREFIXES),
        st.integers(0, 2**32 - 1),
    ),
)


@given(ANY_ADDRESS, st.integers(-1, 70000))
@example(IPv4Address("127.0.0.1"), 80)
def test_no_address_that_is_not_global_is_ever_allowed(
    address: IPv4Address | IPv6Address, port: int
) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        well_known_nat64 = int(address) >> 32 == 0x64FF9B << 64
        if not (address.version == 6 and well_known_nat64):
            assert not Guard().allows(str(address), port)
            assert not Guard().allows(str(address), port, "stadt.example.org")


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_a_translated_address_is_as_public_as_what_it_carries(address: IPv4Address) -> None:
    assert is_public(IPv6Address((0x64FF9B << 96) | int(address))) == is_public(address)
    for prefix in PREFIXES:
        if prefix != 0x64FF9B << 96:
            shift = 80 if prefix == 0x20020000 << 96 else 0
            assert not is_public(IPv6Address(prefix | int(address) << shift))


@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_old_spellings_mean_what_the_system_reads(number: int, dots: int, form: str) -> None:
    leading = [number >> (24 - 8 * place) & 0xFF for place in range(dots)]
    parts = [*leading, number & (2 ** (32 - 8 * dots) - 1)]
    spelled = ".".join(form.format(part) for part in parts)
    assert spelled_address(spelled) == IPv4Address(socket.inet_aton(spelled))


@given(st.text(max_size=30))
def test_no_text_makes_the_guard_fail(text: str) -> None:
    for url in (text, f"http://{text}", f"http://{text}/x", f"http://a.example.org{text}"):
        try:
            Guard().check_url(url)
        except ForbiddenAddress:
            continue


def test_of_a_names_addresses_only_the_public_ones_remain() -> None:
    answers = ["127.0.0.1", "8.8.8.8", "8.8.8.8", "::1", "2a00:1450:4001:80b::200e", "kein"]
    assert resolve(Guard(), "a.example.org", 80, lambda host, port: answers) == [
        "8.8.8.8",
        "2a00:1450:4001:80b::200e",
    ]


def test_a_name_with_private_addresses_only_is_refused() -> None:
    with pytest.raises(ForbiddenAddress) as refused:
        resolve(Guard(), "a.example.org", 80, lambda host, port: ["10.0.0.1", "fe80::1%eth0"])
    assert refused.value.code == "net-private"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "::1", "localhost"])
def test_literals_are_judged_at_resolution_too(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        resolve(Guard(), host, 80)


def test_a_name_without_answer_is_an_os_error() -> None:
    with pytest.raises(OSError, match="not a host name"):
        resolve(Guard(), "a" * 64 + ".example.org", 80)
