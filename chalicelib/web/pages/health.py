"""Whether everything runs, for people: item by item, and what to do about what does not. Machines ask /health."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalice import Blueprint

from ...usecases.clockwork.health import MOST_LATE, SILENT_AFTER, STOPPED_AFTER, health
from ...usecases.moving import doubt
from ...usecases.proof.reconcile import RECORD
from ...usecases.reminding import dead
from ...usecases.state.job import CHECKPOINT, RECONCILE, RETAIN
from ...usecases.state.unheard import unheard
from .page import me, pages_of, ports, show

health_pages = Blueprint(__name__)
page = pages_of(health_pages)

TITLE = ("运行状况", "Health")
GOOD, WARN, BAD = "good", "warn", "bad"
MOST_LETTERS = 100  # that are counted; more are shown as 100+
GAPS_SHOWN = 20
Words = tuple[str, str]
STATES: dict[str, Words] = {  # of a store that sends nothing: what to do
    "paused": (
        "数据由副本恢复，其后的提醒是否已发尚不明确，须由管理员决定后恢复发送",
        "the data came out of a copy: an admin decides what may have been sent since",
    ),
    "frozen": (
        "数据已冻结，等待迁移完成或取消：duban retire、duban thaw",
        "frozen until the move ends: duban retire or duban thaw",
    ),
    "retired": ("数据已迁走，本系统已停用，请改用新系统", "the data have moved: use the new installation"),
    "loading": ("正在载入副本，请稍候", "a copy is being loaded: wait"),
}
ROUNDS: dict[str, tuple[Words, Words]] = {  # what the clock begins by itself, and how often
    CHECKPOINT: (("台账检查点", "Checkpoint of the ledgers"), ("每小时", "every hour")),
    RECONCILE: (("每日核对", "Daily reconciliation"), ("每天9:30", "every day at 9:30")),
    RETAIN: (("清理到期数据", "Clearing of old data"), ("每天9:30", "every day at 9:30")),
}
STUCK: Words = (
    "它没有按时开始，或上一次没有结束。请看日志中的 job-failed；改好原因后它会自行继续",
    "it has not begun in time, or does not end: see job-failed in the log; it goes on by itself once mended",
)
GAPS: dict[str, Words] = {
    "holder missing": ("项目或单位的记录缺失", "a holder is missing"),
    "look of the new year missing": ("缺少新年度的重算安排", "no look at the new year"),
    "wake-up missing": ("事项缺少下次提醒的安排", "no wake-up"),
    "obligation missing": ("缺少应有的事项", "a duty is missing"),
    "obligation differs from the facts": ("事项与事实不符", "a duty differs from the facts"),
    "rung unexplained": ("应有的提醒没有去向", "a reminder is unexplained"),
    "row of the outbox missing": ("待发通知缺少排队记录", "a notice does not stand in the outbox"),
    "entry of the ledger missing": ("台账缺少记录", "an entry of the ledger is missing"),
    "head of a notice missing": ("通知的记录缺失", "a notice is missing"),
    "part of a notice missing": ("通知的部分内容缺失", "a part of a notice is missing"),
    "unreadable": ("无法读取", "unreadable"),
}


class Line(NamedTuple):
    """One item: what it is, how it is, and what to do where it is not well."""

    name: Words
    is_: Words
    tone: str  # GOOD, WARN or BAD; "" where there is nothing to judge yet
    do: Words | None = None
    to: str = ""  # a page where that is done
    at: str | None = None  # an instant that belongs to it


@page("/status", roles=None)
def show_status():
    """For everybody: whether reminders go out. It says nothing that /health does not."""
    told = health(ports().store, ports().clock())
    return show("status.html", TITLE, health=told, lines=[_clock(told), _store(told), _queue(told)])


@page("/admin/health", roles=("admin",))
def show_health():
    now = ports().clock()
    told = health(ports().store, now)
    found = ports().store.get(RECORD)
    letters = len(dead.letters(ports().store, me(), limit=MOST_LETTERS))
    return show(
        "health.html",
        TITLE,
        health=told,
        lines=[_store(told), _clock(told), _queue(told), _letters(letters), *_rounds(told, now), _gaps(told)],
        unheard=unheard(ports().store, me().jurisdiction),
        doubt=doubt.in_doubt(ports().store, now),
        channels=list(ports().channels),
        gaps=[{**gap, "called": GAPS.get(gap["what"], (gap["what"],) * 2)} for gap in found.value["found"][:GAPS_SHOWN]]
        if found
        else [],
    )


def _store(told: dict[str, Any]) -> Line:
    name = ("数据", "Store")
    if told["state"] == "open":
        return Line(name, ("正常读写", "open"), GOOD)
    to = "/admin/resume" if told["state"] == "paused" else ""
    return Line(name, ("不发送任何提醒", "nothing is sent"), BAD, STATES[told["state"]], to)


def _clock(told: dict[str, Any]) -> Line:
    name, last = ("到点处理", "Clock"), told["last_tick"]
    if last is None:
        do = ("请用 duban serve 启动；在云上请看定时器是否启用", "start duban serve; in the cloud look at the timer")
        return Line(name, ("从未运行", "it has never run"), BAD, do)
    lag = datetime.fromisoformat(told["now"]) - datetime.fromisoformat(last)
    seconds = max(0, round(lag.total_seconds()))
    is_ = (f"上次运行在{_span(lag)[0]}前", f"it last ran {_span(lag)[1]} ago")
    if lag > SILENT_AFTER:
        do = (
            "提醒已停。请查看进程是否在运行、日志中的 beat-failed",
            "reminders have stopped: see the process, and beat-failed in its log",
        )
        return Line(name, is_, BAD, do, at=last)
    return Line(name, is_, GOOD if seconds <= 120 else WARN, at=last)


def _span(lag: timedelta) -> Words:
    seconds = max(0, round(lag.total_seconds()))
    for size, zh, en in ((86_400, "天", "days"), (3_600, "小时", "hours"), (60, "分钟", "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size}{zh}", f"{seconds // size} {en}"
    return f"{seconds}秒", f"{seconds} seconds"


def _queue(told: dict[str, Any]) -> Line:
    name, late = ("待发通知", "Outbox"), told["notices_late"]
    if not late:
        return Line(name, ("没有积压", "nothing is late"), GOOD)
    count = f"{late}+" if late == MOST_LATE else str(late)
    do = (
        "这些通知10分钟前就该发出。多为渠道账号、网络或限速的原因，看发送记录中的说明",
        "they should have left ten minutes ago: mostly a channel's account, the network or a vendor's limit",
    )
    return Line(name, (f"{count} 条未按时发出", f"{count} late"), BAD, do, "/admin/deliveries?state=waiting")


def _letters(count: int) -> Line:
    name = ("未送达通知", "Dead letters")
    if not count:
        return Line(name, ("没有", "none"), GOOD)
    shown = f"{count}+" if count == MOST_LETTERS else str(count)
    do = ("改好联系人的地址后重发，或写明原因不再发送", "mend the contact's address and resend, or lay aside with a reason")
    return Line(name, (f"{shown} 条没有任何渠道收下", f"{shown} that no channel took"), WARN, do, "/admin/dead-letters")


def _rounds(told: dict[str, Any], now: datetime) -> Iterator[Line]:
    for round_, (name, often) in ROUNDS.items():
        began = told["rounds"][round_]
        if began is None:
            yield Line(name, (f"尚未到时间（{often[0]}）", f"not due yet ({often[1]})"), "")
            continue
        lag = now - datetime.fromisoformat(began)
        has_stopped = lag > STOPPED_AFTER[round_]
        is_ = (f"上次在{_span(lag)[0]}前（{often[0]}）", f"{_span(lag)[1]} ago ({often[1]})")
        yield Line(name, is_, BAD if has_stopped else GOOD, STUCK if has_stopped else None, at=began)


def _gaps(told: dict[str, Any]) -> Line:
    name, last = ("核对结果", "What it found"), told["reconciliation"]
    if last is None:
        return Line(name, ("尚未核对过", "none yet"), "")
    left = last["gaps"] - last["mended"]
    zh = f"核对 {last['looked_at']} 个项目和单位，缺漏 {last['gaps']} 处，已补 {last['mended']} 处"
    en = f"{last['looked_at']} looked at, {last['gaps']} gaps, {last['mended']} mended"
    do = (
        "未能自动补上的列在下面，请联系技术支持，并保留日志",
        "those that could not be mended stand below: ask for support, and keep the log",
    )
    return Line(name, (zh, en), WARN if left else GOOD, do if left else None, at=last["at"])
