"""The command line `yishi`: what the commands of yishi/commands are together, and what their failures exit with."""

import os
import sys

import typer

from runtime.refusals import LogUnavailable
from yishi import usage
from yishi.child import StackError
from yishi.commands import keeping, log, office, rules, system, templates
from yishi.target import NoStack
from yishi.terminal import complain

app = typer.Typer(
    name="yishi",
    help="议事：政协提案与人大代表建议办理的记录系统。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (system, log, office, keeping, rules, templates):
    app.add_typer(part.app)


def main() -> None:
    """Run one command; 2 stands for "nothing to ask", 1 for anything else that did not succeed."""
    try:
        sys.exit(usage.run(app))
    except BrokenPipeError:
        # Whoever read us has seen enough, as `| head` does; the interpreter must not complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except NoStack as error:
        complain(str(error))
        sys.exit(2)
    except StackError as error:
        complain(str(error))
        sys.exit(1)
    except LogUnavailable as error:
        complain(f"事件日志暂时不可用：{error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
