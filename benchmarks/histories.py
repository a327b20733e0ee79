"""The files that the benchmark imports: closed cases, in each format that `yishi import cases` reads."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import yaml

from benchmarks.life import TEXTS

EVENTS = 15
"""Of each case, the claim of its number among them."""
FORMATS = (".csv", ".xlsx", ".yaml")
DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def rows(cases: int) -> Iterator[dict[str, str]]:
    """Give the rows of so many cases, each closed after one round."""
    for number in range(1, cases + 1):
        yield {
            "件类": "提案",
            "机构": "省政协",
            "届": "9",
            "次": "3",
            "编号": str(number),
            "案由": f"关于加快第{number}条县乡公路建设的提案",
            "正文": TEXTS["proposal.text"],
            "提案人": "张委员",
            "性质": "项目资金类",
            "分类": "交通",
            "提交日期": "2005-01-20",
            "立案日期": "2005-02-01",
            "主办单位": "规划办",
            "会办单位": "公路局",
            "督办单位": "厅办公室",
            "交办日期": f"2005-03-0{1 + number % 5}",
            "签收日期": "2005-03-07",
            "办前见面日期": "2005-03-08",
            "办中见面日期": "2005-03-20",
            "办后见面日期": "2005-04-15",
            "会办意见日期": "2005-03-15",
            "签发日期": "2005-04-05",
            "文号": f"湘交提字〔2005〕{number}号",
            "办理结果": "A",
            "分类办法": "bureau-abc",
            "答复正文": TEXTS["reply.text"],
            "送达日期": "2005-04-08",
            "结果测评": "满意",
            "测评日期": "2005-04-20",
        }


class Files(NamedTuple):
    """Two files of one format: the rows, and the first quarter of them."""

    quarter: Path
    whole: Path


def write_files(home: Path, cases: int) -> dict[str, Files]:
    """Write so many cases, and a quarter of them, in each format; give the files by ending."""
    files = {ending: Files(home / f"quarter{ending}", home / f"cases{ending}") for ending in FORMATS}
    for file in files.values():
        _write(file.quarter, cases // 4)
        _write(file.whole, cases)
    return files


def _write(file: Path, cases: int) -> None:
    """Write the rows in the format that the file's name says."""
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8-sig", newline="") as content:
            writer = csv.DictWriter(content, list(next(rows(1))))
            writer.writeheader()
            writer.writerows(rows(cases))
    elif file.suffix == ".yaml":
        with file.open("w", encoding="utf-8") as content:
            for row in rows(cases):
                content.write(yaml.dump([row], Dumper=DUMPER, allow_unicode=True, sort_keys=False, width=10_000))
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("件")
        sheet.append(list(next(rows(1))))
        for row in rows(cases):
            sheet.append(list(row.values()))
        book.save(file)
