"""`make docs`: write what is generated from the code: schemas, AsyncAPI, glossary, and each service's OpenAPI.

`python -m yishi.documents` writes the files, `--check` names those that are stale and exits 1. The contracts cannot
know who reads them, so the readers are found here, in the services' own definitions.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from contracts import asyncapi, glossary, publish
from contracts.asyncapi import Reader
from contracts.envelope import Address
from contracts.glossary import PackWords
from contracts.vocabulary import AGGREGATES, READ_MODELS, SERVICES, term_of_word
from rules.pack import load_pack
from rules.shelf import published_packs
from runtime.app import create_app
from runtime.process import Service
from runtime.settings import Settings

ROOT = Path(__file__).parent.parent


def services() -> list[Service]:
    """Give the definitions of all services."""
    return [import_module(f"services.{name}.main").SERVICE for name in SERVICES]


def readers() -> Iterator[Reader]:
    """Give everybody who receives events: each service's folds and reactions."""
    for service in services():
        yield from _projections(service)
        yield from _reactions(service)


def _projections(service: Service) -> Iterator[Reader]:
    for fold in service.folds:
        shown = "、".join(term_of_word(READ_MODELS, model.name) for model in fold.read_models)
        for kind in asyncapi.by_kind():
            if fold.follows(Address("000000", *kind, "x")):
                name = fold.key if fold.key == ".".join(kind) else f"{fold.key}.{'.'.join(kind)}"
                summary = f"{SERVICES[service.name].term}：读取{AGGREGATES[kind].term}事件，用于{shown}"
                yield Reader(service.name, name, kind, summary)


def _reactions(service: Service) -> Iterator[Reader]:
    for reaction in service.reactions:
        kind = (reaction.event.service, reaction.event.aggregate)
        summary = (reaction.react.__doc__ or "").strip().split("\n")[0]
        yield Reader(
            service.name, reaction.name, kind, summary, (reaction.event,), durable=f"{service.name}-reactions"
        )


def openapi(service: Service) -> str:
    """Give a service's OpenAPI document; nothing is connected for it."""
    app = create_app(service, Settings.model_construct())
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2) + "\n"


@cache
def documents() -> Mapping[Path, str]:
    """Give every generated document by its path within the tree; they follow from the code alone."""
    packs = [load_pack(raw) for raw in published_packs().values()]
    words = [PackWords(pack.name, pack.title, pack.source, pack.kinds, pack.schemes) for pack in packs]
    schemas = Path("contracts/schemas")
    return {
        Path("docs/asyncapi.yaml"): asyncapi.document(readers()),
        Path("docs/glossary.md"): glossary.document(words),
        **{Path(f"docs/openapi/{service.name}.json"): openapi(service) for service in services()},
        **{schemas / f"{name}.json": text for name, text in publish.schemas().items()},
    }


def stale(root: Path = ROOT) -> list[Path]:
    """Name the generated files that differ from what the code gives now."""
    return [
        path
        for path, text in documents().items()
        if not (root / path).exists() or (root / path).read_text("utf-8") != text
    ]


def write(root: Path = ROOT) -> list[Path]:
    """Write every generated file that is stale, and golden samples of new events; give what changed."""
    changed = stale(root)
    told = documents()
    for path in changed:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(told[path], "utf-8")
    return changed + [path.relative_to(publish.FOLDER.parent) for path in publish.publish()]


def main(arguments: list[str]) -> int:
    """Write the documents, or with `--check` only look; give the exit code."""
    if arguments == ["--check"]:
        found = stale()
        for path in found:
            print(f"已过时：{path}（请运行 make docs）", file=sys.stderr)
        return 1 if found else 0
    for path in write():
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
