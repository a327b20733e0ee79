"""Templates of letters and lists 文书模板: where they lie, what may stand in them, and how they are filled.

The shipped ones may be replaced, for all counties (`FOLDER/reply-letter.docx`) or for one
(`FOLDER/430000/reply-letter.docx`). Whoever edits a template is no programmer of ours: it runs in Jinja's sandbox,
and of its language only placeholders, `for` and `if` are let through.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from docx.opc.constants import CONTENT_TYPE
from docx.oxml import parse_xml
from docxtpl import DocxTemplate  # type: ignore[import-untyped]
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from runtime.refusals import Refusal
from services.proposals.letters.letter_placeholders import DOCUMENTS, Values

TEMPLATES_DIR = "YISHI_TEMPLATES_DIR"
"""The setting that names the folder of edited templates."""
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LIMIT = 32 * 1024 * 1024
"""Bytes of a template once unpacked."""
_SHIPPED = Path(__file__).parent / "templates"
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr),
    *(nodes.For, nodes.If, nodes.CondExpr, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand),
)
_LOOP = frozenset({"index", "index0", "first", "last", "length", "revindex"})
_NOT_IN_XML = re.compile("[^\t\n\a\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class TemplateBroken(Refusal):
    """The county's template cannot be filled."""

    code, status, title = "letter.template_broken", 409, "文书模板有误"


class Template(NamedTuple):
    """A template: which document it is for, its file within the folder, its bytes."""

    document: str
    file: str
    content: bytes

    def broken(self, problem: str) -> TemplateBroken:
        """Give the refusal that names the file and what is wrong with it."""
        return TemplateBroken(f"{self.file}：{problem}", template=self.file)


class _Strict(DocxTemplate):  # type: ignore[misc]
    """The library mends broken XML silently; here a tag that crosses paragraphs is an error."""

    def fix_tables(self, xml: str) -> object:
        parse_xml(xml)
        return super().fix_tables(xml)


def shipped() -> Mapping[str, bytes]:
    """Give the shipped templates' exact bytes by document."""
    return {name: (_SHIPPED / f"{name}.docx").read_bytes() for name in DOCUMENTS}


def template_of(document: str, county: str, folder: Path | None) -> Template:
    """Give the template of a document: the county's own, else the folder's, else the shipped one."""
    file = f"{document}.docx"
    for own in () if folder is None else (f"{county}/{file}", file):
        if folder is not None and (folder / own).is_file():
            return Template(document, own, (folder / own).read_bytes())
    return Template(document, file, (_SHIPPED / file).read_bytes())


def filled(template: Template, values: Values) -> bytes:
    """Give the document; a line of a value becomes a paragraph of its own.

    Raises: TemplateBroken, which names the file and what is wrong with it.
    """
    if found := problems(template):
        raise template.broken("；".join(found))
    written = io.BytesIO()
    try:
        document = _Strict(io.BytesIO(template.content))
        document.render({name: _cleaned(value) for name, value in values.items()}, _environment())
        document.save(written)
    except SyntaxError as error:  # What lxml raises is one.
        raise template.broken("标签跨越了段落或单元格；整段、整行重复请用 {%p … %}、{%tr … %}") from error
    except TemplateError as error:
        raise template.broken(str(error)) from error
    return written.getvalue()


def problems(template: Template) -> list[str]:
    """Say what is wrong with a template, as far as it is seen without filling it."""
    try:
        sources = list(_sources(template.content))
    except Exception:
        # What the libraries raise on a damaged file is written down nowhere; whatever it is, the file cannot be read.
        return ["不是 Word 文档（.docx），或文件已损坏"]
    found: list[str] = []
    for source in sources:
        try:
            found += _mistakes(_environment().parse(source), DOCUMENTS[template.document].examples)
        except TemplateSyntaxError as error:
            lines = source.splitlines()[max((error.lineno or 1) - 1, 0) :][:1]
            text = "".join(re.sub(r"<[^>]+>", "", line) for line in lines).strip()
            found.append(f"语法有误：{error.message}（{text[:80]}）")
    return list(dict.fromkeys(found))


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    environment.globals, environment.filters = {}, {}
    return environment


def _sources(content: bytes) -> Iterator[str]:
    """Give what Jinja is to read, one paragraph a line: the body, headers, footers, footnotes and properties."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > LIMIT:
            raise ValueError("too large")
    template = DocxTemplate(io.BytesIO(content))
    document = template.get_docx()
    xml = [template.get_xml()]
    read_ones = (CONTENT_TYPE.WML_HEADER, CONTENT_TYPE.WML_FOOTER, CONTENT_TYPE.WML_FOOTNOTES)
    xml += [part.blob.decode() for part in document.part.package.iter_parts() if part.content_type in read_ones]
    for source in xml:
        yield re.sub(r"<w:p([ >])", r"\n<w:p\1", template.patch_xml(source))
    properties = document.core_properties
    yield from (properties.title, properties.subject, properties.comments, properties.author)


def _mistakes(tree: nodes.Template, known: Values) -> Iterator[str]:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            yield f"只可使用占位符、for 与 if，不可使用 {type(node).__name__}"
    rows: dict[str, set[str]] = {"loop": set(_LOOP)}
    for loop in tree.find_all(nodes.For):
        listed = known.get(loop.iter.name) if isinstance(loop.iter, nodes.Name) else None
        if isinstance(listed, tuple) and isinstance(loop.target, nodes.Name):
            rows.setdefault(loop.target.name, set()).update(*listed)
        elif not isinstance(loop.iter, nodes.Name) or listed is not None:
            yield "for 只可逐行取列表，写作 {%tr for 行 in 列表 %}"
    for name in sorted(meta.find_undeclared_variables(tree) - set(known)):
        yield f"没有占位符 {name}，可用：{'、'.join(known)}"
    for part in tree.find_all(nodes.Getattr):
        of = part.node.name if isinstance(part.node, nodes.Name) else ""
        if part.attr not in rows.get(of, set()):
            yield f"没有占位符 {of}.{part.attr}" + (f"，可用：{'、'.join(sorted(rows[of]))}" if of in rows else "")


def _cleaned(value: object) -> object:
    """Give a value as Word takes it: no characters that XML has not, a paragraph for each line."""
    if isinstance(value, str):
        lines = (line.strip(" \u3000\t\r") for line in _NOT_IN_XML.sub("", value).split("\n"))
        return "\a".join(line for line in lines if line)
    assert isinstance(value, list | tuple)
    return [{name: _cleaned(text) for name, text in row.items()} for row in value]
