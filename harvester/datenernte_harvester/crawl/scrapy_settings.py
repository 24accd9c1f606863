"""Scrapy's settings, each with the default that it replaces and the reason.

`settings_for` adds what differs between portals. Settings that Scrapy does not know begin with
`DATENERNTE_`; our own components read them.
"""

from typing import Any

BOT_NAME = "datenernte"
"""Default »scrapybot«: names nobody."""
SPIDER_MODULES = ["datenernte_harvester.spiders"]
"""Default empty: `scrapy list` finds our spiders. Runs load them by source type."""

# What may be reached, and how

DOWNLOAD_HANDLERS = {"file": None, "ftp": None, "s3": None, "data": None}
"""Default has handlers for all four: a redirect or a link could read files of this machine."""
TWISTED_DNS_RESOLVER = "datenernte_harvester.crawl.resolver.GuardedResolver"
"""Default resolves to any address: ours passes on public ones only. It is read once a process;
in a spider's own settings it would be ignored without a word."""
DOWNLOAD_VERIFY_CERTIFICATES = True
"""Default False: anybody on the way could answer for the portal."""
HTTPPROXY_ENABLED = False
"""Default True: a proxy of the environment would lead every request past the guard. The
operator's own proxy is set by `ProxyOfOperator`."""
REDIRECT_MAX_TIMES = 5
"""Default 20: browsers' patience; no portal needs more than five."""
METAREFRESH_ENABLED = False
"""Default True: follows a redirect that a web page asks for, to any host."""
COOKIES_ENABLED = False
"""Default True: a catalogue that needs a session is no open data."""

# Doors into our own process

TELNETCONSOLE_ENABLED = False
"""Default 1: opens a Python shell on a loopback port."""
REMOTE_CONTROL_ENABLED = False
"""Default True since Scrapy 2.19: a loopback port that runs Python code; needs a token, still."""

# Limits

DOWNLOAD_MAXSIZE = 50_000_000
"""Default 1 GiB: metadata of 100 000 datasets, page by page, stays far below 50 MB a page."""
DOWNLOAD_WARNSIZE = 20_000_000
"""Default 32 MiB: must be below the limit to be of use."""
DOWNLOAD_TIMEOUT = 60
"""Default 180 s: total time of one request, from the name's resolution to the last byte."""
URLLENGTH_LIMIT = 0
"""Default 2083: longer requests are dropped without a word, and the portal would seem complete."""
DNS_TIMEOUT = 20
"""Default 60 s: the whole timeout of a request."""
REACTOR_THREADPOOL_MAXSIZE = 4
"""Default 10: only names are resolved there."""
MEMUSAGE_LIMIT_MB = 1500
"""Default 0 (none): a spider past it is closed and its portal is partial; RLIMIT_AS, which kills,
lies above."""
MEMUSAGE_CHECK_INTERVAL_SECONDS = 5.0
"""Default 60 s: a bad page takes less."""

# Manners

ROBOTSTXT_OBEY = True
"""Default False: a portal file may differ, with a stated reason."""
CONCURRENT_REQUESTS_PER_DOMAIN = 2
"""Default 8: municipal servers are small."""
AUTOTHROTTLE_ENABLED = True
"""Default False: a slow server is asked more slowly."""
AUTOTHROTTLE_START_DELAY = 0.2
"""Default 5 s: would be most of the time of a small portal; ours is a few requests long."""
AUTOTHROTTLE_MAX_DELAY = 30.0
"""Default 60 s: longer than our timeout."""
AUTOTHROTTLE_TARGET_CONCURRENCY = 2.0
"""Default 1.0: matches the requests at once."""
DEFAULT_REQUEST_HEADERS = {"Accept": "*/*", "Accept-Language": "de,en;q=0.5"}
"""Default asks for web pages in English: some portals translate titles by it."""

# Truthfulness

RETRY_TIMES = 3
"""Default 2: one more, with growing pauses (`RetryMiddleware` of ours)."""
HTTPCACHE_ENABLED = False
"""Default False, said for the reader: answers are kept by `response_cache.py`, which always asks."""
CONCURRENT_ITEMS = 1
"""Default 100: records are worked on one after another, in the order of the page."""
EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "datenernte_harvester.crawl.middlewares.Throttle": 0,
}
"""Default {}: Scrapy's throttle never grows faster where a portal answers »not modified«."""
DOWNLOADER_MIDDLEWARES = {
    "datenernte_harvester.crawl.revisit.PageNotes": 5,
    "datenernte_harvester.crawl.middlewares.FailureNames": 10,
    "datenernte_harvester.crawl.middlewares.UrlGuard": 20,
    "datenernte_harvester.crawl.middlewares.ProxyOfOperator": 30,
    "datenernte_harvester.crawl.authentication.Authentication": 40,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "datenernte_harvester.crawl.middlewares.PatientRetry": 550,
    "datenernte_harvester.crawl.response_cache.ConditionalRequests": 900,
}
"""Default {}: see the classes. The cache stands nearest to the network, so that it keeps bytes as
they came."""
SPIDER_MIDDLEWARES = {
    "datenernte_harvester.crawl.revisit.Revisit": 40,
    "datenernte_harvester.crawl.middlewares.SourceErrors": 45,
}
"""Default {}: looks whether anything is new; turns what a callback raises into the portal's
state."""
ITEM_PIPELINES = {
    "datenernte_harvester.crawl.pipelines.NormalisePipeline": 100,
    "datenernte_harvester.crawl.pipelines.CheckPipeline": 200,
    "datenernte_harvester.crawl.pipelines.StorePipeline": 300,
}
"""Default {}: translate, judge, keep."""

# Noise

LOG_LEVEL = "WARNING"
"""Default DEBUG: every request on several lines."""
LOGSTATS_INTERVAL = 0.0
"""Default 60 s: progress is told to the parent process."""
STATS_DUMP = False
"""Default True: we read the counters ourselves."""

JOBDIR = None
"""Default None, said for the reader: a crawl is never resumed from disk (unsafe, scrapy#7978)."""


def settings_for(
    *,
    user_agent: str,
    respect_robots: bool,
    delay_seconds: float | None,
    deadline_seconds: float,
    timeout_seconds: float,
    retry_pause_seconds: float,
) -> dict[str, Any]:
    """All settings for one portal.

    Args:
        deadline_seconds: after it the spider is asked to stop (CLOSESPIDER_TIMEOUT); the parent
            process kills a little later.
        timeout_seconds: for one request; ours is the upper limit.
    """
    return {
        **process_settings(),
        "USER_AGENT": user_agent,
        "ROBOTSTXT_OBEY": respect_robots,
        "DOWNLOAD_DELAY": delay_seconds or 0,
        "DOWNLOAD_TIMEOUT": min(timeout_seconds, DOWNLOAD_TIMEOUT),
        "CLOSESPIDER_TIMEOUT": deadline_seconds,
        "DATENERNTE_RETRY_PAUSE_SECONDS": retry_pause_seconds,
    }


def process_settings() -> dict[str, Any]:
    """The settings of this module, by name."""
    return {name: value for name, value in globals().items() if name.isupper()}
