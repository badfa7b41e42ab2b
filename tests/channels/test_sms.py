"""SMS: what a text costs, what Aliyun's signature is, what SNS's own replica says."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from chalicelib.channels.aliyun import Aliyun, canonical, signed
from chalicelib.channels.sns import Sns
from chalicelib.core.sms import parts
from chalicelib.ports import GiveUp, Outgoing, RetryAfter, Sent, Template
from tests.contract.vendors import now
from tests.contract.vendors.aliyun import KEY, SIGN, AliyunSms
from tests.contract.vendors.aws import SnsVendor


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),  # 153 a part
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),  # takes two places
        ("€" * 80 + "a", 2),
        ("办" * 70, 1),
        ("办" * 71, 2),  # 67 a part
        ("办" * 134, 2),
        ("办" * 135, 3),
        ("a" * 70 + "办", 2),  # one such character makes all of it UCS-2
        ("🙂" * 35, 1),  # two places of UCS-2
        ("🙂" * 36, 2),
        ("办" * 469, 7),
        ("办" * 470, 8),
    ],
)
def test_a_text_is_counted_in_parts_of_the_alphabet_it_needs(text, count):
    assert parts(text) == count


def test_the_longest_sms_by_sns_is_within_1600_bytes_as_well_as_1600_characters():
    assert Sns().longest == parts("办" * 469) and len(("办" * 469).encode()) <= 1600


def test_aliyuns_published_example_is_signed_as_published():
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    headers = signed(
        "YourAccessKeyId",
        "YourAccessKeySecret",
        "ecs.cn-shanghai.aliyuncs.com",
        "RunInstances",
        "2014-05-26",
        query,
        datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        "3156853299f313e23d1673dc12e1703d",
    )
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_query_is_encoded_as_aliyun_wants_it():
    assert canonical({"b": "a b*~/+", "A": "督"}) == "A=%E7%9D%A3&b=a%20b%2A~%2F%2B"


def aliyun():
    return Aliyun("id", "secret", "云阳县大数据局", "http://127.0.0.1:9", now)


def test_aliyun_counts_its_signature_and_an_emoji_twice():
    channel = aliyun()
    assert channel.longest + len("【云阳县大数据局】") == 500
    assert channel.size("督办🙂") == 4


def test_without_an_approved_template_aliyun_gives_up_and_says_what_to_set():
    answer = aliyun().send(Outgoing("n", "13900001234", "请于2026-11-24前办结"))
    assert isinstance(answer, GiveUp) and "text_of_channel" in answer.reason


@pytest.mark.parametrize(("key", "word"), [(KEY, "SignatureDoesNotMatch"), ("LTAI-unknown", "InvalidAccessKeyId")])
def test_a_wrong_key_of_aliyun_is_given_up_and_not_quoted(started, key, word):
    vendor = started(AliyunSms)
    with closing(Aliyun(key, "wrong-secret", SIGN, vendor.at, now)) as channel:
        answer = channel.send(Outgoing("n", vendor.address, "督办", template=vendor.template("督办")))
    assert isinstance(answer, GiveUp) and word in answer.reason and "wrong-secret" not in answer.reason
    assert vendor.got == []


def test_a_wrong_key_of_amazon_is_given_up(started, monkeypatch):
    vendor = started(SnsVendor)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret")
    answer = vendor.channel().send(Outgoing("n", vendor.address, "督办"))
    assert isinstance(answer, GiveUp) and "SignatureDoesNotMatch" in answer.reason and vendor.got == []


def test_aliyun_is_not_asked_about_what_is_too_long():
    channel = aliyun()
    template = Template("SMS_1", {})
    assert isinstance(channel.send(Outgoing("n", "13900001234", "办" * (channel.longest + 1), template=template)), GiveUp)


# --- against moto's SNS, which is not ours


def test_motos_sns_gets_the_message(amazon):
    from moto.sns import sns_backends

    amazon("ap-southeast-1")
    answer = Sns("DUBAN").send(Outgoing("n", "+852 5123 4567", "请于2026-11-24前办结"))
    assert isinstance(answer, Sent)
    sent = sns_backends["123456789012"]["ap-southeast-1"].sms_messages
    assert sent == {answer.reference: ("+85251234567", "请于2026-11-24前办结")}


@pytest.mark.parametrize("region", ["cn-north-1", "cn-northwest-1"])
def test_in_amazons_china_regions_there_is_no_sms_by_sns(amazon, region):
    amazon(region)
    answer = Sns().send(Outgoing("n", "13900001234", "请于2026-11-24前办结"))
    assert isinstance(answer, GiveUp) and "中国区" in answer.reason


def test_the_address_of_amazon_can_be_set_in_its_own_way(amazon, monkeypatch):
    amazon("eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nobody listens
    answer = Sns().send(Outgoing("n", "13900001234", "请于2026-11-24前办结"))
    assert isinstance(answer, RetryAfter) and not answer.uncertain


def test_an_address_of_amazon_that_is_none_is_told_to_an_admin(amazon, monkeypatch):
    amazon("eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    assert isinstance(Sns().send(Outgoing("n", "13900001234", "请于2026-11-24前办结")), GiveUp)
