"""One module for each protocol that a portal may speak; found by scanning, never registered.

The class of the module `name` is the `SourceSpider` whose `name` is the module's name.
"""

import inspect
from importlib import import_module

from datenernte_harvester.sources.source_spider import SourceSpider


def spider_class(source_type: str) -> type[SourceSpider]:
    """The spider of a source type.

    Raises:
        ModuleNotFoundError: there is no such module; portal files are checked before.
        LookupError: the module has no spider of its own name.
    """
    module = import_module(f"{__name__}.{source_type}")
    for _, member in inspect.getmembers(module, inspect.isclass):
        if (
            issubclass(member, SourceSpider)
            and member.__module__ == module.__name__
            and member.name == source_type
        ):
            return member
    raise LookupError(f"{module.__name__} has no SourceSpider named {source_type!r}")
