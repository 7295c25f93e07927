"""Everything the live protocol refuses: a stable code, one sentence and the way out, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from speechqc.errors import ProtocolError
from speechqc.events import Text
from speechqc.ingest.messages import Error


@dataclass(frozen=True, slots=True)
class _Entry:
    message: Text
    hint: Text
    fatal: bool
    close_code: int = 1008


def _entry(
    message_zh: str, message_en: str, hint_zh: str, hint_en: str, *, fatal: bool, close: int = 1008
) -> _Entry:
    return _Entry(Text(message_zh, message_en), Text(hint_zh, hint_en), fatal, close)


REFUSALS: dict[str, _Entry] = {
    "bad_message": _entry(
        "消息无法识别：{detail}", "the message was not understood: {detail}",
        "请按协议发送一个 JSON 对象", "send one JSON object as the protocol describes",
        fatal=False,
    ),
    "too_many_errors": _entry(
        "此连接上的错误过多", "too many errors on this connection",
        "请修正客户端后重新连接；已确认的数据不会丢失", "repair the client, then connect again; what was acknowledged is kept",
        fatal=True,
    ),
    "bad_token": _entry(
        "令牌缺失或不正确", "the token is missing or wrong",
        "请在第一条消息中附上有效令牌", "put a valid token into the first message",
        fatal=True,
    ),
    "bad_call_id": _entry(
        "通话编号无效：{detail}", "the call id is not usable: {detail}",
        "请使用 1 到 200 个可打印字符", "use 1 to 200 printable characters",
        fatal=False,
    ),
    "bad_audio": _entry(
        "音频格式不受支持：{detail}", "the audio format is not supported: {detail}",
        "{hint}", "{hint}",
        fatal=False,
    ),
    "language_not_covered": _entry(
        "识别器不支持该语言：{detail}", "the recogniser does not cover the language: {detail}",
        "请更换语言，或让服务使用另一个识别器", "name another language, or run the service with another recogniser",
        fatal=False,
    ),
    "not_started": _entry(
        "通话开始之前收到了 {detail}", "{detail} came before the call was started",
        "请先发送 start 并等待 ready", "send start first and wait for ready",
        fatal=False,
    ),
    "already_started": _entry(
        "此连接上的通话已经开始", "a call was already started on this connection",
        "每个通话使用一个连接", "use one connection a call",
        fatal=False,
    ),
    "already_stopped": _entry(
        "stop 之后收到了 {detail}", "{detail} came after stop",
        "请等待 ended", "wait for ended",
        fatal=False,
    ),
    "bad_frame": _entry(
        "音频帧无效：{detail}", "the audio frame is not valid: {detail}",
        "每帧为 4 字节大端序号加音频数据", "a frame is a big-endian sequence number of 4 bytes, then audio",
        fatal=False,
    ),
    "frame_too_large": _entry(
        "音频帧过大：{detail}", "the audio frame is too large: {detail}",
        "请切成更小的帧，从期望的序号重新发送", "cut it into smaller frames and send again from the expected number",
        fatal=False,
    ),
    "out_of_order": _entry(
        "音频帧序号不连续：{detail}", "a frame is missing: {detail}",
        "请从期望的序号重新发送", "send again from the expected number on",
        fatal=False,
    ),
    "call_in_use": _entry(
        "该通话正由另一个连接发送", "another connection is sending this call",
        "请使用新的通话编号；若原连接已断开，稍后以 resume 重试",
        "use a call id of your own; if the other connection is dead, try again with resume",
        fatal=True,
    ),
    "call_exists": _entry(
        "该通话编号已经存在", "a call with this id exists already",
        "继续原通话请设置 resume，新通话请使用新的编号", "set resume to go on with it, or use a new id for a new call",
        fatal=True,
    ),
    "overloaded": _entry(
        "服务已满载：{detail}", "the service can take no more calls now: {detail}",
        "请稍后重试，或增加服务器", "try again later, or add a machine",
        fatal=True, close=1013,
    ),
    "disk_full": _entry(
        "服务无法写入日志：{detail}", "the service cannot write its journal: {detail}",
        "请保留未确认的帧；空间恢复后将继续", "keep the frames that are not acknowledged; the call goes on when there is space again",
        fatal=False,
    ),
    "not_subscribed": _entry(
        "第一条消息不是 subscribe", "the first message was not subscribe",
        "请在 10 秒内发送 subscribe", "send subscribe within 10 seconds",
        fatal=True,
    ),
    "already_subscribed": _entry(
        "此连接已经订阅", "this connection has subscribed already",
        "更改过滤条件请新建连接", "open another connection for another filter",
        fatal=False,
    ),
    "bad_command": _entry(
        "操作未执行：{detail}", "the command was not carried out: {detail}",
        "请检查告警编号及其当前状态 {hint}", "check the alert's id and its present state {hint}",
        fatal=False,
    ),
    "too_slow": _entry(
        "订阅者读取过慢，已断开", "the subscriber reads too slowly and was dropped",
        "请重新连接，并以 after 从最后收到的编号继续", "connect again and go on with after from the last id received",
        fatal=True, close=1013,
    ),
    "store": _entry(
        "数据库暂时不可用：{detail}", "the store is not available: {detail}",
        "请稍后重试；数据不会丢失", "try again later; nothing is lost",
        fatal=False,
    ),
    "internal": _entry(
        "服务内部错误", "the service failed on its side",
        "请重新连接并以 resume 继续；服务日志中有原因", "connect again with resume; the service's log has the reason",
        fatal=True, close=1011,
    ),
}  # fmt: skip
"""By code; the codes are part of the protocol and stay."""


class Refusal(ProtocolError):
    """Something a peer sent that is refused; never an accident of the server.

    Args:
        code: key of :data:`REFUSALS`.
        detail: what came and what was expected, put into the sentence.
        hint: replaces ``{hint}`` of the entry.
        expected_seq: the frame the server waits for.
        retry_after_s: how long to wait before trying again, seconds.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        hint: str = "",
        expected_seq: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        entry = REFUSALS[code]
        self.code = code
        self.fatal = entry.fatal
        self.close_code = entry.close_code
        self.text = _filled(entry.message, detail, hint)
        self.advice = _filled(entry.hint, detail, hint)
        self.expected_seq = expected_seq
        self.retry_after_s = retry_after_s
        super().__init__(self.text.en, hint=self.advice.en)

    def message(self, *, request: str | None = None) -> Error:
        """The refusal as it is sent."""
        return Error(
            code=self.code,
            message=self.text,
            hint=self.advice,
            retry_after_s=self.retry_after_s,
            expected_seq=self.expected_seq,
            fatal=self.fatal,
            request=request,
        )


def _filled(text: Text, detail: str, hint: str) -> Text:
    values = {"detail": detail, "hint": hint}
    return Text(text.zh.format(**values).strip(), text.en.format(**values).strip())
