"""Amazon SNS (Query protocol) and SES (REST-JSON), which check Signature Version 4.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html, https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
and https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import base64
import hmac
import os
import re
from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from chalicelib.channels.ses import Ses
from chalicelib.channels.sns import Sns

from . import Answer, Arrived, HttpVendor, Refusal, now

KEY, SECRET, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


class AwsVendor(HttpVendor):
    """What is common to the services: who asks, and with which signature."""

    service: str
    secrets = (SECRET,)

    def start(self):
        self.before = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        self.surround(ENVIRONMENT)
        super().start()

    def stop(self):
        super().stop()
        self.surround(self.before)

    def surround(self, environment):
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(environment)

    def is_signed(self, request):
        given = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\w{64})", request.headers["Authorization"]
        )
        stamp = request.headers["X-Amz-Date"]
        scope = f"{stamp[:8]}/{REGION}/{self.service}/aws4_request"
        if not given or given[1] != f"{KEY}/{scope}":
            return False
        lines = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in given[2].split(";"))
        asked = "\n".join([request.method, request.path, "", lines, given[2], sha256(request.body).hexdigest()])
        key = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), sha256).digest()
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(asked.encode()).hexdigest()}"
        return hmac.new(key, to_sign.encode(), sha256).hexdigest() == given[3]


def sns_error(code, words, status=400):
    xml = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(words)}</Message></Error><RequestId>r-1</RequestId>"
    return Answer(status, f'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{xml}</ErrorResponse>', XML)


XML = {"Content-Type": "text/xml"}
NUMBER, OPTED_OUT = "+8613900001234", "+8613900139000"
MESSAGE_ID = "94f20ce6-13c5-43a0-9a9e-ca52d816e90b"


class SnsVendor(AwsVendor):
    name, service = "sns", "sns"
    address, knows_as = "139 0000 1234", NUMBER
    same_addresses = (NUMBER, "86-139-0000-1234", "（+86）１３９００００１２３４", "0086 13900001234")
    malformed = ("", "010-6655 1234", "1390000123", "139000012341", "张三", "+86 10 6655 1234", "duban@example.gov.cn")
    strangers = (OPTED_OUT,)
    reference = MESSAGE_ID
    refusals = (
        Refusal("Throttling", sns_error("Throttling", "Rate exceeded"), seconds=2, holds="bot"),
        Refusal("Throttling in a 503", sns_error("Throttling", "Rate exceeded", 503), seconds=2, holds="bot"),
        Refusal(
            "InvalidParameter", sns_error("InvalidParameter", f"Invalid parameter: PhoneNumber Reason: {NUMBER} is not valid")
        ),
        Refusal("AuthorizationError", sns_error("AuthorizationError", "User is not authorized to perform: SNS:Publish", 403)),
        Refusal("InvalidClientTokenId", sns_error("InvalidClientTokenId", "The security token is invalid", 403)),
        Refusal("ExpiredToken", sns_error("ExpiredToken", "The security token has expired", 403), seconds=60, holds="bot"),
        Refusal("unknown", sns_error("WhatIsThat", "what is that"), seconds=300),
    )

    def make(self, at, timeout):
        return Sns("DUBAN", endpoint_url=at, timeout=timeout)

    def serve(self, request):
        if not self.is_signed(request):
            return sns_error("SignatureDoesNotMatch", "The request signature we calculated does not match", 403)
        fields = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert (fields["Action"], fields["Version"]) == ("Publish", "2010-03-31")
        attributes = {
            fields[f"MessageAttributes.entry.{place}.Name"]: fields[f"MessageAttributes.entry.{place}.Value.StringValue"]
            for place in (1, 2)
        }
        assert attributes == {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": "DUBAN"}
        number, text = fields["PhoneNumber"], fields["Message"]
        if number == OPTED_OUT:
            return sns_error("OptedOut", f"{number} opted out")
        if not re.fullmatch(r"\+[1-9]\d{7,14}", number) or len(text.encode()) > 1600:
            return sns_error("InvalidParameter", f"Invalid parameter: {number} {text}")
        self.got.append(Arrived(number, text))
        xml = f"<PublishResult><MessageId>{MESSAGE_ID}</MessageId></PublishResult>"
        return Answer(200, f'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">{xml}</PublishResponse>', XML)


def ses_error(code, words, status=400):
    return Answer(status, {"message": words}, {"x-amzn-errortype": code})


SENDER, MAILBOX = "duban@example.gov.cn", "li.wei@health.example.gov.cn"
LETTER_ID = "010701a2b3c4d5e6-11111111-2222-3333-4444-555555555555-000000"


class SesVendor(AwsVendor):
    name, service = "ses", "ses"
    address = MAILBOX
    malformed = ("", "李伟", "li.wei", "a@b@c", "li wei@example.gov.cn", "a@example.gov.cn\nBcc: b@example.gov.cn")
    strangers = ("nobody@example.gov.cn",)
    reference = f"<{LETTER_ID}@{REGION}.amazonses.com>"
    refusals = (
        Refusal(
            "too many", ses_error("TooManyRequestsException", "Maximum sending rate exceeded", 429), seconds=2, holds="bot"
        ),
        Refusal("limit", ses_error("LimitExceededException", "Daily message quota exceeded"), seconds=3600, holds="bot"),
        Refusal("paused", ses_error("SendingPausedException", "Sending is paused")),
        Refusal("suspended", ses_error("AccountSuspendedException", "Suspended")),
        Refusal("domain", ses_error("MailFromDomainNotVerifiedException", "Not verified")),
        Refusal("no right", ses_error("AccessDeniedException", "not authorized to perform ses:SendEmail", 403)),
        Refusal("unknown", ses_error("WhatIsThat", "what is that"), seconds=300),
    )

    def make(self, at, timeout):
        return Ses(f"督办 <{SENDER}>", now, endpoint_url=at, timeout=timeout)

    def serve(self, request):
        if not self.is_signed(request):
            return ses_error("SignatureDoesNotMatch", "The request signature we calculated does not match", 403)
        assert request.path == "/v2/email/outbound-emails"
        asked = request.json()
        (to,) = asked["Destination"]["ToAddresses"]
        letter = message_from_bytes(base64.b64decode(asked["Content"]["Raw"]["Data"]), policy=default)
        assert (asked["FromEmailAddress"], letter["To"], letter["From"]) == (SENDER, to, f"督办 <{SENDER}>")
        if to in self.strangers:
            return ses_error("MessageRejected", f"Email address is not verified: {to}")
        self.got.append(
            Arrived(to, letter.get_content().replace("\r\n", "\n").removesuffix("\n"), follows=letter["In-Reply-To"])
        )
        return Answer(200, {"MessageId": LETTER_ID})


VENDORS = (SnsVendor, SesVendor)
