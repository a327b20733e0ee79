"""What the notifications service answers no to."""

from runtime.refusals import Refusal


class ReminderAlreadySent(Refusal):
    """The same clock, rule and last day are reminded of once; a run takes this for "done before"."""

    code, status, title = "reminder.already_sent", 409, "该提醒已发出"


class ReminderAlreadyRead(Refusal):
    """Somebody of those it was for has read it."""

    code, status, title = "reminder.already_read", 409, "该提醒已阅"


class DigestAlreadySent(Refusal):
    """A unit gets one digest for each half month."""

    code, status, title = "digest.already_sent", 409, "该期督办通报已发出"


class DigestAlreadyRead(Refusal):
    """Somebody of those it was for has read it."""

    code, status, title = "digest.already_read", 409, "该期督办通报已阅"


class RunInTheFuture(Refusal):
    """A day that has not come is not reminded of, except in development."""

    code, status, title = "run.in_the_future", 409, "不能为尚未到来的日期发送提醒"
