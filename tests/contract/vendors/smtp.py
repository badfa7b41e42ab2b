"""A real SMTP server (aiosmtpd) that asks for STARTTLS and a login, with a certificate of an authority made here."""

import asyncio
import logging
import os
import socket
import ssl
import tempfile
from email import message_from_bytes
from email.policy import default
from functools import cache

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from chalicelib.channels.mail import Smtp

from . import Arrived, Refusal, Vendor, now

SENDER, USER, PASSWORD = "duban@example.gov.cn", "duban", "smtp-passw0rd"
HOST = "127.0.0.1"


@cache
def authority() -> trustme.CA:
    return trustme.CA()


class MailServer(Vendor):
    """`answers` takes (step, line): at the next such step of a letter the server says that instead."""

    name = "email"
    tls = "starttls"
    address = "li.wei@health.example.gov.cn"
    malformed = ("", "李伟", "li.wei", "a@b@c", "li wei@example.gov.cn", "a@example.gov.cn>\r\nRCPT TO:<b@example.gov.cn")
    strangers = ("nobody@example.gov.cn",)
    secrets = (PASSWORD,)
    troubles = ("hangs", "drops", "breaks off", "garbage")
    nobody = f"{HOST}:9"
    refusals = (
        Refusal("421", ("DATA", "421 4.3.2 shutting down"), seconds=60, holds="bot"),
        Refusal("greylisted", ("RCPT", "450 4.7.1 greylisted, come back later"), seconds=300),
        Refusal("451 at the end", ("DATA", "451 4.3.0 out of resources"), seconds=300),
        Refusal("busy login", ("AUTH", "454 4.7.0 temporary authentication failure"), seconds=60, holds="bot"),
        Refusal("wrong login", ("AUTH", "535 5.7.8 authentication credentials invalid")),
        Refusal("login too often", ("AUTH", "535 Login fail. Login frequency limited"), seconds=1800, holds="bot"),
        Refusal("sender", ("MAIL", "553 5.1.8 sender not yours")),
        Refusal("too often", ("MAIL", "550 Sender frequency limited"), seconds=1800, holds="bot"),
        Refusal("no such user", ("RCPT", "550 5.1.1 <li.wei@health.example.gov.cn> no such user")),
        Refusal("full", ("RCPT", "552 5.2.2 quota exceeded")),
        Refusal("spam", ("DATA", "554 5.7.1 looks like spam")),
        Refusal("554", ("DATA", "554 transaction failed")),
        Refusal("not understood before the end", ("RCPT", "354 hm"), seconds=30),
    )

    def __init__(self):
        super().__init__()
        self.next: list = []  # (step, line) or a trouble
        self.letters: list = []

    def make(self, at, timeout):
        host, _, port = at.rpartition(":")
        sender = f"督办 <{SENDER}>"
        return Smtp(
            host, int(port), sender, now, user=USER, password=PASSWORD, tls=self.tls, timeout=timeout, authority=self.authority
        )

    def start(self):
        with tempfile.NamedTemporaryFile(delete=False, suffix=".pem") as file:
            file.write(authority().cert_pem.bytes())
        self.authority = file.name
        logging.getLogger("mail.log").setLevel("WARNING")  # the server's own log is not ours
        self.controller = self.controlled(free_port())
        self.controller.start()
        self.at = f"{HOST}:{self.controller.port}"

    def controlled(self, port):
        how = {"tls_context": self.context(), "require_starttls": True, "auth_required": True}
        return Controller(self, HOST, port, authenticator=self.authenticated, auth_exclude_mechanism=["LOGIN"], **how)

    def context(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority().issue_cert(HOST).configure_cert(context)
        return context

    def stop(self):
        super().stop()
        self.controller.stop()
        os.unlink(self.authority)

    def meet(self, trouble):
        self.next.append(trouble)

    def answers(self, answer):
        self.next.append(answer)

    def said_at(self, step):
        """The line that was ordered for this step."""
        if self.next and self.next[0][0] == step:
            return self.next.pop(0)[1]
        return None

    def authenticated(self, server, session, envelope, mechanism, data):
        if line := self.said_at("AUTH"):
            return AuthResult(success=False, handled=False, message=line)
        is_known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_known, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.said_at("MAIL") or ("250 OK" if address == SENDER else "553 5.1.8 sender not yours")

    async def handle_RCPT(self, server, session, envelope, address, options):
        if line := self.said_at("RCPT"):
            return line
        if address in self.strangers:
            return f"550 5.1.1 <{address}> no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if line := self.said_at("DATA"):
            return line
        (to,) = envelope.rcpt_tos
        letter = message_from_bytes(envelope.content, policy=default)
        self.letters.append(letter)
        self.got.append(
            Arrived(to, letter.get_content().replace("\r\n", "\n").removesuffix("\n"), follows=letter["In-Reply-To"])
        )
        match self.next.pop(0) if self.next else None:
            case "hangs":
                await asyncio.sleep(2)
            case "drops":
                server.transport.abort()
            case "breaks off":
                server._writer.write(b"25")
                server.transport.close()
            case "garbage":
                return "\\x89 \\xff"
        return "250 2.0.0 accepted"


def free_port():
    with socket.create_server((HOST, 0)) as server:
        return server.getsockname()[1]


VENDORS = (MailServer,)
