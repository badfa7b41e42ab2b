"""E-mail through Amazon SES, API version 2. Accepted is not delivered: a letter may still be returned.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from ..core.errors import Text
from ..ports import Clock, GiveUp, Limit, Outgoing, RetryAfter, Sent
from . import TIMEOUT, Verdict, utf8_size
from ._aws import Aws
from ._letter import LONGEST, letter, mailbox, unfit, wrong_mailbox

VERDICTS = {
    "LimitExceededException": Verdict("已达发信限额 (over the limit)", seconds=3600, holds="bot"),
    "AccountSuspendedException": Verdict("账户已被停止发信 (the account may no longer send)"),
    "SendingPausedException": Verdict("账户已暂停发信 (sending is paused)"),
    "MessageRejected": Verdict(
        "邮件被拒；账户在沙箱内时，收件地址须先验证 (rejected; a sandbox sends to verified addresses only)"
    ),
    "MailFromDomainNotVerifiedException": Verdict("发件域名未验证 (the sender's domain is not verified)"),
    "BadRequestException": Verdict("请求有误 (a bad request)"),
    "NotFoundException": Verdict("发件身份不存在，请检查 DUBAN_SES_FROM (no such sender)"),
}


class Ses:
    """`sender` must be an identity verified with SES. There is no SES in AWS's China regions."""

    name = "ses"
    limits = (Limit(14, 1, "bot"),)  # of an account out of the sandbox; where it is less SES says so
    longest = LONGEST
    has_buttons = is_idempotent = asks_template = gives_receipts = False

    def __init__(self, sender: str, clock: Clock, *, endpoint_url: str | None = None, timeout: float = TIMEOUT):
        self.bot = mailbox(sender)
        self._sender, self._clock = sender, clock
        self._aws = Aws("SES", "sesv2", VERDICTS, endpoint_url=endpoint_url, timeout=timeout)

    def size(self, text: str) -> int:
        """Bytes of UTF-8."""
        return utf8_size(text)

    def is_private(self, address: str) -> bool:
        return True

    def wrong_address(self, address: str) -> Text | None:
        return wrong_mailbox(address)

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        """SES puts a Message-ID of its own in the place of ours; that one is the reference."""
        if why_not := unfit("SES", message):
            return why_not
        answer = self._aws.ask(
            "send_email",
            FromEmailAddress=self.bot,
            Destination={"ToAddresses": [message.address]},
            Content={"Raw": {"Data": letter(self._sender, message, self._clock()).as_bytes()}},
        )
        if not isinstance(answer, dict):
            return answer
        place = "email" if self._aws.region == "us-east-1" else self._aws.region
        return Sent(f"<{answer['MessageId']}@{place}.amazonses.com>")

    def close(self) -> None:
        self._aws.close()
