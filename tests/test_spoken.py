"""Rules in words: every rule of every rulebook can be told in both languages, and what is told is what is computed."""

import pytest

from chalicelib import bootstrap
from chalicelib.core.errors import Text
from chalicelib.core.spoken import Words, condition_of, dates_of_rule, named
from chalicelib.loaders import editions, jurisdictions
from chalicelib.usecases.rulebooks.changes import called

BOOKS = {place: editions(place)[-1] for place in jurisdictions()}
CALLED = {"school": Text("学校", "school"), "hospital": Text("医院", "hospital")}
SAID = [
    ("yunyang", "apply-for-acceptance", "自项目建成起6个月内；末日是休息日的，顺延至下一工作日"),
    ("yunyang", "annual-list", "每年9月底前（报下一年度的）"),
    ("yunyang", "annual-performance-report", "建设期内，每年12月底前"),
    ("yunyang", "vendor-ban", "自每次承建企业列入黑名单起不少于5年；期满前不得：签订合同或签订补充合同"),
    ("yunyang", "rectify", "每次责令限期整改的文书所定的日期"),
    ("yunyang", "security-evaluation", "运行期内，每（间隔待设定）一次，自投入运行起算"),
    ("bazhong", "declare-decommissioning", "系统停用之前（当日亦可）；末日是休息日的，提前至上一工作日"),
    ("bazhong", "urgent-start-consent", "紧急项目先行实施之前，须：附有“市委或市政府同意意见”"),
]


@pytest.mark.parametrize(("place", "rule", "said"), SAID)
def test_when_a_rule_falls_due_is_one_sentence(place, rule, said):
    book = BOOKS[place]
    assert dates_of_rule(book.rule(rule), Words(book)).zh == said


@pytest.mark.parametrize("place", BOOKS)
def test_every_rule_is_told_in_both_languages_without_a_code(place):
    words = Words(BOOKS[place], called(bootstrap.forms()))
    for rule in words.book.rules:
        told = [
            dates_of_rule(rule, words),
            condition_of(rule.when, words),
            *(condition_of(row.when, words) for row in rule.rows),
        ]
        told += [entry["name"] for entry in named((*rule.owed_by, *rule.submit_to, *rule.copy_to), words)]
        for text in filter(None, told):
            assert text.zh and text.en and not set(text.zh + text.en) & set("{}[]_="), text


def test_codes_are_called_what_forms_call_them():
    book = BOOKS["yunyang"]
    (parent, unit) = named(book.rule("annual-list").owed_by, Words(book, CALLED))
    assert (parent["name"].zh, parent["when"].zh) == ("其主管部门", "单位类型 为以下之一： 学校、医院")
    assert (unit["name"].zh, unit["when"]) == ("项目建设单位", None)
