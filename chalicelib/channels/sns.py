"""SMS through Amazon SNS: https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html

Not to be had in AWS's China regions. Accepted is not delivered: an account in the sandbox or over its monthly spend limit is
told so only in its delivery log, never in the answer.
"""

from ..core.errors import Text
from ..core.phone import mobile
from ..core.sms import parts
from ..ports import GiveUp, Limit, Outgoing, RetryAfter, Sent
from . import TIMEOUT, Verdict, too_long, wrong_number
from ._aws import Aws

VERDICTS = {
    "OptedOut": Verdict("此号码已退订短信，请改用其他渠道 (the number opted out)"),
    "InvalidParameter": Verdict("号码或内容不被接受 (the number or the text is not accepted)"),
    "ParameterValueInvalid": Verdict("号码或内容不被接受 (the number or the text is not accepted)"),
    "ValidationException": Verdict("号码或内容不被接受 (the number or the text is not accepted)"),
    "UserError": Verdict("账户仍在短信沙箱内，或号码未验证 (the account is in the SMS sandbox)"),
}


class Sns:
    """`sender_id`: what shows as the sender where a country allows it; 3 to 11 letters and digits, or none."""

    name = "sns"
    bot = "aws"
    limits = (Limit(20, 1, "bot"),)  # of an account, by default
    # AWS takes 1,600 characters (its page in English) or bytes (the same page in Chinese): seven parts are 469 Chinese
    # characters, which is within both.
    longest = 7
    has_buttons = is_idempotent = asks_template = gives_receipts = False

    def __init__(self, sender_id: str = "", *, endpoint_url: str | None = None, timeout: float = TIMEOUT):
        self._attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}  # not to be put off in favour of others
        if sender_id:
            self._attributes["AWS.SNS.SMS.SenderID"] = sender_id
        self._aws = Aws("SNS", "sns", VERDICTS, endpoint_url=endpoint_url, timeout=timeout)

    def size(self, text: str) -> int:
        """Parts, each of them sent and paid for as one SMS."""
        return parts(text)

    def is_private(self, address: str) -> bool:
        return True

    def wrong_address(self, address: str) -> Text | None:
        return wrong_number(address)

    def send(self, message: Outgoing) -> Sent | RetryAfter | GiveUp:
        number = mobile(message.address)
        if number is None:
            return GiveUp("SNS 地址不是手机号码，应如 13800138000 或 +85251234567 (not a mobile number)")
        if self.size(message.text) > self.longest:
            return too_long("SNS", self.size(message.text), self.longest)
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in self._attributes.items()}
        answer = self._aws.ask("publish", PhoneNumber=number, Message=message.text, MessageAttributes=attributes)
        return Sent(answer["MessageId"]) if isinstance(answer, dict) else answer

    def close(self) -> None:
        self._aws.close()
