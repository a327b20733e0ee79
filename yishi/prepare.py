"""`yishi streams`: makes the log's streams in a deployment, once, as the operator; the services may not."""

import os

import nats

from yishi.streams import ensure_streams
from yishi.target import NoStack
from yishi.terminal import output


async def run(replicas: int) -> int:
    """Make the streams that are missing and compare the others. *Raises* `StackError`, `NoStack`."""
    missing = [name for name in ("YISHI_NATS_URL", "YISHI_NATS_PASSWORD") if not os.environ.get(name)]
    if missing:
        raise NoStack(f"设置不全：缺少 {'、'.join(missing)}。")
    user = os.environ.get("YISHI_NATS_USER") or "operator"
    connection = await nats.connect(
        os.environ["YISHI_NATS_URL"],
        user=user,
        password=os.environ["YISHI_NATS_PASSWORD"],
        inbox_prefix=f"_INBOX_{user}".encode(),
        connect_timeout=5,
    )
    try:
        await ensure_streams(connection, replicas)
    finally:
        await connection.close()
    output.print("事件日志的流已就绪。")
    return 0
