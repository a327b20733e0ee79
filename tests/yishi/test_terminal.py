"""What a table shows is what stands in the data: no markup, no escape sequence."""

from io import StringIO

from rich.console import Console

from yishi.terminal import table


def test_a_cell_is_shown_as_it_is() -> None:
    shown = table("表", "一", ">二")
    shown.add_row("[bold]粗[/b]", "\x1b[2J清屏")
    shown.add_row("上\n下", None)
    written = StringIO()
    Console(file=written, width=80).print(shown)
    lines = [line for line in written.getvalue().splitlines() if "│" in line]
    assert [[cell.strip() for cell in line.strip("│").split("│")] for line in lines] == [
        ["[bold]粗[/b]", r"\x1b[2J清屏"],
        ["上", ""],
        ["下", ""],
    ]
