"""E-mail: what a letter looks like, privacy on the way, what a broken connection leaves known."""

import smtplib
import socket
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from chalicelib.channels._letter import letter
from chalicelib.channels.mail import Smtp, stuffed
from chalicelib.channels.ses import Ses
from chalicelib.core.errors import InvalidInput
from chalicelib.ports import GiveUp, Outgoing, RetryAfter, Sent
from tests.contract.vendors import now
from tests.contract.vendors.smtp import HOST, PASSWORD, SENDER, USER, MailServer

TEXT = "【督办】政务服务平台：提交竣工验收申请\n.还有2个工作日\n\n办理：https://duban.example.gov.cn/p?a=1&b=2"
SES_ID = "<010701a2b3c4d5e6-11111111-2222-3333-4444-555555555555-000000@ap-northeast-1.amazonses.com>"


def message(key="notice-1", address="li.wei@health.example.gov.cn", **more):
    return Outgoing(key, address, TEXT, **more)


def read(made):
    return message_from_bytes(made.as_bytes(), policy=default)


# --- the letter


def test_a_letter_is_sound_in_chinese_and_says_that_a_program_sent_it():
    made = read(
        letter(f"督办 <{SENDER}>", message(subject="督办提醒：政务服务平台\r\nBcc: x@example.com" + "，请尽快办理" * 30), now())
    )
    assert made["From"] == f"督办 <{SENDER}>" and made["To"] == "li.wei@health.example.gov.cn"
    assert made["Subject"] == "督办提醒：政务服务平台 Bcc: x@example.com" + "，请尽快办理" * 30 and made["Bcc"] is None
    assert made["Auto-Submitted"] == "auto-generated"
    assert made.get_content().replace("\r\n", "\n") == TEXT + "\n"
    assert [defect for part in made.values() for defect in part.defects] == []


def test_without_a_subject_the_first_line_is_one():
    assert read(letter(SENDER, message(), now()))["Subject"] == "【督办】政务服务平台：提交竣工验收申请"


def test_every_line_is_7_bit_and_short_enough_for_any_server():
    lines = letter(SENDER, message(subject="督" * 500, follows=SES_ID), now()).as_bytes().split(b"\r\n")
    assert all(line.isascii() and len(line) <= 998 for line in lines)


def test_a_repeat_carries_the_same_message_id_and_another_message_another():
    ids = [letter(SENDER, message(key), now())["Message-ID"] for key in ("notice-1", "notice-1", "notice-2")]
    assert ids[0] == ids[1] != ids[2] and ids[0].endswith("@example.gov.cn>")


@pytest.mark.parametrize("follows", ["<1.2@example.gov.cn>", SES_ID])
def test_a_letter_that_follows_another_is_in_its_thread(follows):
    made = letter(SENDER, message(follows=follows), now()).as_bytes().decode()
    assert f"\r\nIn-Reply-To: {follows}\r\nReferences: {follows}\r\n" in made


def test_a_dot_at_the_start_of_a_line_is_doubled_on_the_way():
    assert stuffed(b".a\r\nb.c\r\n..\r\n") == b"..a\r\nb.c\r\n...\r\n"


# --- settings that cannot work


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("mail.example.gov.cn", {"tls": "none"}),
        ("192.168.1.5", {"tls": "none"}),
        ("mail.example.gov.cn", {"tls": "ssl"}),
        ("mail.example.gov.cn", {"sender": "督办"}),
        ("mail.example.gov.cn", {"password": "密码"}),
        ("mail.example.gov.cn", {"authority": "/nowhere.pem"}),
        ("mail.example.gov.cn", {"authority": __file__}),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once_in_words(host, more):
    with pytest.raises(InvalidInput) as refusal:
        Smtp(host, 25, more.pop("sender", SENDER), now, **more)
    assert "DUBAN_SMTP_" in refusal.value.text.zh


# --- privacy


class ImplicitTls(MailServer):
    tls = "implicit"

    def controlled(self, port):
        return Controller(
            self, HOST, port, ssl_context=self.context(), authenticator=self.authenticated, auth_require_tls=False
        )


class NoTls(MailServer):
    tls = "none"

    def controlled(self, port):
        return Controller(self, HOST, port, authenticator=self.authenticated, auth_require_tls=False)


def reach(server, **how):
    """A channel to it with settings of its own."""
    host, _, port = server.at.partition(":")
    return Smtp(host, int(port), SENDER, now, **{"user": USER, "password": PASSWORD, "tls": server.tls, **how})


@pytest.mark.parametrize("kind", [MailServer, ImplicitTls, NoTls])
def test_a_letter_goes_by_each_way_of_connecting(started, kind):
    server = started(kind)
    assert isinstance(server.channel().send(message(follows="<1@example.gov.cn>")), Sent)
    assert [arrived.follows for arrived in server.got] == ["<1@example.gov.cn>"]


def test_a_server_without_starttls_never_sees_the_password_or_the_letter(started):
    server = started(NoTls)
    answer = reach(server, tls="starttls").send(message())
    assert isinstance(answer, GiveUp) and "STARTTLS" in answer.reason and server.got == []


@pytest.mark.parametrize("kind", [MailServer, ImplicitTls])
def test_a_certificate_of_an_unknown_authority_is_not_accepted(started, kind):
    server = started(kind)
    answer = reach(server).send(message())
    assert isinstance(answer, GiveUp) and "DUBAN_SMTP_CA" in answer.reason and server.got == []


def test_a_wrong_password_is_given_up_and_not_quoted(started):
    server = started(MailServer)
    answer = reach(server, authority=server.authority, password="wrong-password").send(message())
    assert isinstance(answer, GiveUp) and "DUBAN_SMTP_PASSWORD" in answer.reason
    assert "wrong-password" not in answer.reason and PASSWORD not in answer.reason


# --- a server that breaks off, told line by line


@contextmanager
def scripted(*lines):
    """A server that says these lines, one for each line it reads, and then closes. After 354 it reads a whole letter."""
    with socket.create_server((HOST, 0)) as listening:

        def serve():
            connection, _ = listening.accept()
            with connection, connection.makefile("rwb") as stream:
                for line in lines:
                    stream.write(line + b"\r\n")
                    stream.flush()
                    end = b".\r\n" if line.startswith(b"354") else b"\r\n"
                    while (got := stream.readline()) and not (got == end if end == b".\r\n" else got.endswith(end)):
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield Smtp(HOST, listening.getsockname()[1], SENDER, now, tls="none", timeout=5)
        thread.join(5)


GREETED = (b"220 hi", b"250 hi", b"250 ok", b"250 ok")


@pytest.mark.parametrize(
    ("lines", "is_uncertain"),
    [
        ((b"",), False),
        ((b"SSH-2.0-OpenSSH_9.6",), False),
        ((b"220 hi",), False),
        (GREETED, False),
        ((*GREETED, b"354 go"), True),
        ((*GREETED, b"354 go", b"what?"), True),
        ((*GREETED, b"354 go", b"354 go on"), True),
        ((*GREETED, b"354 go", b"250 " + b"x" * 10_000), True),
    ],
    ids=[
        "no greeting",
        "another protocol",
        "before hello",
        "before the letter",
        "after it",
        "nonsense",
        "354 twice",
        "a line without end",
    ],
)
def test_what_fails_before_the_end_of_the_letter_is_certain_and_after_it_is_not(lines, is_uncertain):
    with scripted(*lines) as channel:
        answer = channel.send(message())
    assert isinstance(answer, RetryAfter) and answer.uncertain is is_uncertain


def test_a_refused_connection_is_given_up_with_its_code():
    with scripted(b"554 5.7.1 go away, 192.0.2.1") as channel:
        answer = channel.send(message())
    assert isinstance(answer, GiveUp) and "554 5.7.1" in answer.reason and "192.0.2.1" not in answer.reason


def test_a_letter_is_accepted_though_the_server_goes_without_a_farewell():
    with scripted(*GREETED, b"354 go", b"250 taken") as channel:
        assert isinstance(channel.send(message()), Sent)


def test_the_scripted_server_is_one_that_the_librarys_own_client_understands():
    with scripted(*GREETED, b"354 go", b"250 taken", b"221 bye") as channel, smtplib.SMTP(HOST, channel._port) as client:
        assert client.sendmail(SENDER, ["li.wei@health.example.gov.cn"], "Subject: x\r\n\r\nx") == {}


# --- against moto's SES, which is not ours


@pytest.mark.parametrize(("region", "place"), [("us-east-1", "email"), ("eu-west-1", "eu-west-1")])
def test_motos_ses_gets_the_letter(amazon, region, place):
    import boto3
    from moto.ses import ses_backends

    amazon(region)
    boto3.client("ses").verify_email_identity(EmailAddress=SENDER)
    answer = Ses(f"督办 <{SENDER}>", now).send(message())
    assert isinstance(answer, Sent) and answer.reference.endswith(f"@{place}.amazonses.com>")
    (sent,) = ses_backends["123456789012"][region].sent_messages
    assert message_from_bytes(sent.raw_data.encode(), policy=default).get_content().replace("\r\n", "\n") == TEXT + "\n"


def test_a_sender_that_moto_does_not_know_is_given_up(amazon):
    amazon("us-east-1")
    assert isinstance(Ses(SENDER, now).send(message()), GiveUp)


def test_without_keys_or_region_an_admin_is_told(monkeypatch):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    answer = Ses(SENDER, now).send(message())
    assert isinstance(answer, GiveUp) and "区域" in answer.reason
