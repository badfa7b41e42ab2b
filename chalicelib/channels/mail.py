"""E-mail over SMTP with TLS. Accepted is not delivered: a server may take a letter and return it later."""

import ipaddress
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..core.errors import InvalidInput, Text
from ..ports import Clock, GiveUp, Limit, Outgoing, RetryAfter, Sent
from . import NETWORK_RETRY_SECONDS, Verdict, utf8_size
from ._letter import LONGEST, MAILBOX, domain, letter, mailbox, unfit, wrong_mailbox

TITLE = "邮件"
IMPLICIT, STARTTLS, PLAIN = "implicit", "starttls", "none"
STEP_SECONDS, VERDICT_SECONDS = 10.0, 60.0  # of patience: with each step, and with the verdict on a letter, which is read first
POSTED = "letter"  # the step from which on a letter may have been accepted

# What a server's "code text" means: the first row that matches. The codes are those of RFC 5321, 4.2.3, the enhanced ones
# of RFC 3463; providers in China refuse what comes too fast with a 5xx and words of their own.
VERDICTS = (
    (
        r"5.*(frequency|too many|sending (limit|quota)|rate limit)",
        Verdict("发信过于频繁 (too fast)", seconds=1800, holds="bot"),
    ),
    (r"5\d\d 5\.2\.2|552", Verdict("收件邮箱已满或邮件过大 (mailbox full)")),
    (r"421|454", Verdict("邮件服务器暂停服务 (out of service for now)", seconds=60, holds="bot")),
    (r"4", Verdict("邮件服务器要求稍后再试 (asks to come back later)", seconds=300)),
    (r"53[0458]", Verdict("登录被拒，请检查 DUBAN_SMTP_USER 与 DUBAN_SMTP_PASSWORD (login refused)")),
    (r"5\d\d 5\.7\.", Verdict("按对方规则被拒收 (refused by policy)")),
    (r"55[013]", Verdict("地址不存在或不被接受 (no such mailbox)")),
    (r"5", Verdict("被拒收 (refused)")),
)


class Refusal(Exception):
    """A server answered a step with something else than yes."""

    def __init__(self, step: str, code: int, text: bytes | str):
        super().__init__(step)
        self.step, self.code = step, code
        self.text = text if isinstance(text, str) else text.decode("utf-8", "replace")


class Smtp:
    """`tls`: implicit (TLS from the first byte, mostly port 465), starttls (mostly 587), or none, for a server on this machine
    only. Certificates are checked against the authorities this machine trusts, and those in the file `authority`."""

    name = "email"
    longest = LONGEST
    has_buttons = is_idempotent = asks_template = gives_receipts = False

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        clock: Clock,
        *,
        user: str = "",
        password: str = "",
        tls: str = IMPLICIT,
        authority: str = "",
        per_minute: int = 60,
        timeout: float = VERDICT_SECONDS,
    ):
        """`per_minute`: what the provider lets this sender send. Raises InvalidInput for settings that cannot work."""
        _check(host, sender, user + password, tls)
        self._context = _trusting(authority)
        self.bot = mailbox(sender)
        self.limits = (Limit(per_minute, 60, "bot"),)
        self._host, self._port, self._tls = host, port, tls
        self._sender, self._user, self._password = sender, user, password
        self._clock, self._timeout = clock, timeout

    def size(self, text: str) -> int:
        """Bytes of UTF-8."""
        return utf8_size(text)

    def is_private(self, address: str) -> bool:
        return True

    def wrong_address(self, address: str) -> Text | None:
        return wrong_mailbox(address)

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        """A connection for each letter. What fails before the letter's end is sent was certainly not accepted; what fails
        after it may have been. The reference is the Message-ID."""
        if why_not := unfit(TITLE, message):
            return why_not
        made = letter(self._sender, message, self._clock())
        posted = False
        try:
            with self._session() as server:
                _expect("sender", server.mail(self.bot))
                _expect("recipient", server.rcpt(message.address))
                _expect("data", server.docmd("DATA"), 354)
                server.send(stuffed(made.as_bytes()))
                server.sock.settimeout(self._timeout)
                posted = True
                _expect(POSTED, server.docmd("."))
                return Sent(made["Message-ID"])
        except Refusal as refusal:
            return meaning(refusal)
        except smtplib.SMTPResponseException as error:
            step = "login" if isinstance(error, smtplib.SMTPAuthenticationError) else "hello"
            return meaning(Refusal(POSTED, -1, "") if posted else Refusal(step, *error.args))  # -1: e.g. a line without end
        except ssl.SSLCertVerificationError:
            return GiveUp(
                f"{TITLE} 邮件服务器的证书不受信任；自建机构的根证书请用 DUBAN_SMTP_CA 指定 (certificate not trusted)"
            )
        except smtplib.SMTPNotSupportedError:
            return GiveUp(f"{TITLE} 邮件服务器不支持 STARTTLS 或登录，不以明文发送 (offers no STARTTLS or no login)")
        except (OSError, smtplib.SMTPException) as error:
            what = "没有收到答复 (no answer" if posted else "未能连接 (not connected"
            return RetryAfter(NETWORK_RETRY_SECONDS, f"{TITLE} {what}, {type(error).__name__})", uncertain=posted)

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A connection that is private and logged in."""
        how = {"timeout": min(self._timeout, STEP_SECONDS), "local_hostname": domain(self._sender)}
        if self._tls == IMPLICIT:
            server = smtplib.SMTP_SSL(self._host, self._port, context=self._context, **how)
        else:
            server = smtplib.SMTP(self._host, self._port, **how)
        try:
            if self._tls == STARTTLS:
                server.starttls(context=self._context)
            server.ehlo_or_helo_if_needed()
            if self._user:
                server.login(self._user, self._password)
            yield server
            with suppress(OSError, smtplib.SMTPException):  # the letter is accepted, however the farewell goes
                server.putcmd("QUIT")
        finally:
            server.close()


def meaning(refusal: Refusal) -> RetryAfter | GiveUp:
    """What to do about it. The server's words may quote the address: only its codes are told."""
    enhanced = re.match(r"\d\.\d{1,3}\.\d{1,3}\b", refusal.text)
    where = f"{TITLE} {refusal.step} {refusal.code}" + (f" {enhanced[0]}" if enhanced else "")
    said = f"{refusal.code} {refusal.text}"
    verdict = next((verdict for row, verdict in VERDICTS if re.match(row, said, re.IGNORECASE | re.DOTALL)), None)
    if verdict is None:
        is_uncertain = refusal.step == POSTED
        return RetryAfter(NETWORK_RETRY_SECONDS, f"{where} 答复无法识别 (an answer not understood)", uncertain=is_uncertain)
    reason = f"{where} {verdict.meaning}"
    return GiveUp(reason) if verdict.seconds is None else RetryAfter(verdict.seconds, reason, holds=verdict.holds)


def stuffed(data: bytes) -> bytes:
    """The letter as DATA takes it (RFC 5321, 4.5.2), without the dot that ends it."""
    return re.sub(rb"(?m)^\.", b"..", data)


def _expect(step: str, answer: tuple[int, bytes], good: int = 250) -> None:
    code, text = answer
    if code // 100 != good // 100:  # the first digit is what counts (RFC 5321, 4.3.2)
        raise Refusal(step, code, text)


def _check(host: str, sender: str, login: str, tls: str) -> None:
    if not MAILBOX.fullmatch(mailbox(sender)):
        raise InvalidInput(
            "DUBAN_SMTP_FROM 应为发件地址，如：督办 <duban@example.gov.cn>",
            "DUBAN_SMTP_FROM must be the sender's mailbox, e.g. 督办 <duban@example.gov.cn>",
        )
    if tls not in (IMPLICIT, STARTTLS, PLAIN) or (tls == PLAIN and not _is_here(host)):
        raise InvalidInput(
            "DUBAN_SMTP_TLS 应为 implicit 或 starttls；只有本机的邮件服务器可用 none",
            "DUBAN_SMTP_TLS must be implicit or starttls; none is for a mail server on this machine only",
        )
    if not login.isascii():
        raise InvalidInput(
            "DUBAN_SMTP_USER 与 DUBAN_SMTP_PASSWORD 只能含 ASCII 字符", "DUBAN_SMTP_USER and DUBAN_SMTP_PASSWORD must be ASCII"
        )


def _trusting(authority: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        if authority:
            context.load_verify_locations(authority)
    except OSError:  # not there, or no certificate
        raise InvalidInput(
            f"DUBAN_SMTP_CA 应为 PEM 证书文件，读不到：{authority}",
            f"DUBAN_SMTP_CA must be a file with a PEM certificate: {authority}",
        ) from None
    return context


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
