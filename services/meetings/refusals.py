"""Why a record of a meeting, a confirmation, a dispute or a photo is refused."""

from runtime.refusals import Refusal


class CaseUnknown(Refusal):
    """There is no such case in this county."""

    code, status, title = "meeting.case_unknown", 404, "未找到该件"


class CaseNotHandedOver(Refusal):
    """Nobody handles the case yet."""

    code, title = "meeting.case_not_handed_over", "该件尚未交办"


class CaseClosed(Refusal):
    """The case is closed 办结 or was not registered."""

    code, title = "meeting.case_closed", "该件已办结"


class UnitNotHandling(Refusal):
    """The unit is neither lead nor co of the case."""

    code, title = "meeting.unit_not_handling", "该单位不是本件的主办或会办单位"


class MemberNotOfCase(Refusal):
    """The member neither submitted nor co-signed the case."""

    code, title = "meeting.member_not_of_case", "该委员(代表)不是本件的提出人或已确认的联名人"


class PackUnknown(Refusal):
    """The rule pack that the case has pinned has not been adopted in this county, as far as is known here."""

    code, title = "meeting.pack_unknown", "本件所用的办理规则尚未采用"


class EvidenceMissing(Refusal):
    """The rule pack demands a photo for a meeting of this mode."""

    code, title = "meeting.evidence_missing", "此种见面方式须附照片"


class EvidenceUnknown(Refusal):
    """A photo is named that was not uploaded for this case."""

    code, title = "meeting.evidence_unknown", "所列照片未上传至本件"


class DateInFuture(Refusal):
    """The act is dated after today."""

    code, title = "meeting.date_in_future", "日期晚于今天"


class DateBeforeHandOver(Refusal):
    """The meeting is dated before the case was handed over."""

    code, title = "meeting.date_before_hand_over", "见面日期早于交办日期"


class DateBeforeMeeting(Refusal):
    """The act is dated before the meeting that it is about."""

    code, title = "meeting.date_before_meeting", "日期早于见面日期"


class LateWithoutReason(Refusal):
    """The meeting is recorded later than the rule pack allows, without saying why."""

    code, title = "meeting.late_without_reason", "补录已逾规定期限, 须说明原因"


class AlreadyConfirmed(Refusal):
    """The member has confirmed the meeting."""

    code, title = "meeting.already_confirmed", "该次见面已由委员(代表)确认"


class AlreadyDisputed(Refusal):
    """The member has disputed the meeting."""

    code, title = "meeting.already_disputed", "该次见面已提出异议"


class NotTheMember(Refusal):
    """Only the member who was met confirms or disputes."""

    code, status, title = "meeting.not_the_member", 403, "只有当次见面的委员(代表)本人可以确认或提出异议"


class MeetingWithdrawn(Refusal):
    """The record was withdrawn."""

    code, title = "meeting.withdrawn", "该次见面记录已撤回"


class PhotoTypeUnsupported(Refusal):
    """The body is not declared as one of the image types that are kept."""

    code, status, title = "photo.type_unsupported", 415, "只接受 PNG、JPEG 或 WebP 图片"


class PhotoContentDiffers(Refusal):
    """The bytes are not what the Content-Type says."""

    code, status, title = "photo.content_differs", 422, "图片内容与 Content-Type 不符"
