"""Nothing of a text is left out: what is found in it, what claims it, and that the five rulebooks claim everything."""

import copy
import json
from pathlib import Path

import pytest

from chalicelib import loaders
from chalicelib.cli import main
from chalicelib.core.coverage import (
    KINDS,
    claims,
    coverage,
    expressions,
    index,
    index_json,
    read_index,
    shares,
    unclaimed,
)
from chalicelib.core.errors import InvalidInput
from chalicelib.core.not_computed import page
from chalicelib.core.regulation import normalised
from chalicelib.core.sense import citations

ROOT = Path(__file__).resolve().parent.parent
REGULATIONS = ROOT.parent / "shared" / "regulations"
PLACES = loaders.jurisdictions()
needs_texts = pytest.mark.skipif(not REGULATIONS.is_dir(), reason="the regulations' texts are not beside this checkout")


def regulation(place):
    return (REGULATIONS / f"{place}.txt").read_text("utf-8")


def committed(place):
    return (ROOT / "schedules" / "index" / f"{place}.json").read_text("utf-8")


# What is found

FOUND = [
    (
        "time",
        "每年9月底前报清单，每年 7 月调整，12月上旬前、每年年底前汇总",
        ["每年9月底前", "每年7月", "12月上旬前", "每年年底前"],
    ),
    ("time", "投入运行后12至24个月内，或者12—24个月内", ["12至24个月内", "12—24个月内"]),
    ("time", "６０日内、30个工作日内、半年内、两年内", ["60日内", "30个工作日内", "半年内", "两年内"]),
    ("time", "不低于7日，不得超过1年，5年内不得", ["不低于7日", "不得超过1年", "5年内"]),
    ("time", "自2021年XX月XX日起；2022年4月1日；2022年12月 日", ["2021年XX月XX日起", "2022年4月1日", "2022年12月日"]),
    (
        "time",
        "应当及时报告，定期评估，同时备案，适时调整，限期整改，逾期不改",
        ["及时", "定期", "同时", "适时", "限期", "逾期"],
    ),
    ("time", "公示结束后，在正式停用前，向上级申报之前，目前，", ["结束后", "停用前", "申报之前"]),
    ("time", "上一年度的第二年度清单，次年安排", ["上一年度", "第二年度", "次年"]),
    ("time", "统一年度计划，三年滚动规划，二〇三五年远景目标，第十四个五年规划", []),
    ("money", "总投资500万元（含）以上，50 万元以下，不超过1000万元", ["500万元(含)以上", "50万元以下", "不超过1000万元"]),
    ("money", "200万至500万元，五十万元", ["200万至500万元", "五十万元"]),
    ("percent", "不超过15%，超过５０％，三分之一以上，过半", ["不超过15%", "超过50%", "三分之一", "过半"]),
    (
        "obligation",
        "应当、应、必须、须、需、要、不得、方可、原则上、必备、不予、可以",
        ["应当", "应", "必须", "须", "需", "要", "不得", "方可", "原则上", "必备", "不予", "可以"],
    ),
    ("obligation", "应用系统、响应、相应、需求、所需、确需、要求、需要、重要、许可、可行性、可靠、保密机要局", []),
    (
        "recipient",
        "向市财政局、市审计局备案，报市长审定，抄送市财政局和市审计局",
        ["向市财政局、市审计局备案", "报市长审定", "抄送市财政局和市审计局"],
    ),
    ("recipient", "将报告报送县财政局，提交市委常委会审定，登记备案", ["报送县财政局", "提交市委常委会审定", "备案"]),
    ("recipient", "申报材料、报告、报表、渝ICP备1号", []),
]


@pytest.mark.parametrize(("kind", "text", "found"), FOUND, ids=lambda value: value if isinstance(value, str) else "")
def test_expressions_of_one_kind_are_found_in_their_order(kind, text, found):
    assert [one.text for one in expressions(normalised(text)) if one.kind == kind] == found


def test_an_expression_stands_where_it_says():
    body = normalised("项目建成后 半年内，应当向县财政局报告。")
    assert (
        [body[one.start : one.start + len(one.text)] for one in expressions(body)]
        == [one.text for one in expressions(body)]
        == ["半年内", "应当", "向县财政局报告"]
    )


# What claims it: a made-up regulation, each of whose clauses one quotation claims

TEXT = """关于印发办法的通知
2023年6月6日
第一条 适用于总投资30万元以上的项目。
第二条 单位应当在建成后半年内申请验收；确有困难的，可以申请延期。验收材料应当真实。
第三条 单位应当接受检查。总投资超过15%的，不得调整。
第四条 涉密项目须线下办理。“以上”均应含本数。
第五条 每年年中上报。
第五条 本办法自印发之日起施行。
"""
BOOK = {
    "document": {"issued_on": "2023-06-06"},
    "scope": [{"article": "1", "quote": "总投资30万元以上的项目"}],
    "classified": {"article": "4", "quote": "涉密项目须线下办理"},
    "edges": {"article": "4", "quote": "“以上”均应含本数"},
    "valid_from": {"article": "5", "occurrence": 2, "quote": "自印发之日起施行"},
    "readings": {"mid_year": {"article": "5", "quote": "每年年中上报"}},
    "rules": [
        {
            "id": "accept",
            "kind": "at_most",
            "article": "2",
            "quote": "单位应当在建成后半年内申请验收",
            "extension": {"article": "2", "quote": "可以申请延期"},
            "also": [{"article": "2", "quote": "验收材料应当真实"}],
        },
        {"id": "limit", "kind": "band", "article": "3", "quote": "超过15%的…不得调整"},
    ],
    "untranslatable": [{"article": "3", "excerpt": "单位应当接受检查"}],
}
EVERY_CITATION = [path for path, _ in citations(BOOK)]


def without(path):
    """The made-up rulebook with one quotation taken out."""
    book = copy.deepcopy(BOOK)
    entry = book
    for step in path:
        entry = entry[step]
    entry.pop("quote", None) or entry.pop("excerpt")
    return book


def left_over(book, text=TEXT):
    return [(one.article[0], one.expression.text) for one in coverage(text, book) if one.share == "unclaimed"]


def test_each_expression_is_claimed_by_what_quotes_it():
    assert [(one.expression.text, one.claimed_by) for one in coverage(TEXT, BOOK)] == [
        ("2023年6月6日", ["document:issued_on"]),
        ("30万元以上", ["scope"]),
        ("应当", ["accept"]),
        ("半年内", ["accept"]),
        ("可以", ["accept"]),
        ("延期", ["accept"]),
        ("应当", ["accept"]),
        ("应当", ["untranslatable"]),
        ("超过15%", ["limit"]),
        ("不得", ["limit"]),
        ("须", ["classified"]),
        ("应", ["edges"]),
        ("每年年中", ["readings:mid_year"]),
        ("之日起", ["valid_from"]),
    ]


@pytest.mark.parametrize("path", EVERY_CITATION, ids=lambda path: ".".join(map(str, path)))
def test_taking_out_any_one_quotation_leaves_something_unclaimed(path):
    assert left_over(without(path))
    assert unclaimed(index(TEXT), without(path))


def test_the_whole_rulebook_leaves_nothing_unclaimed_with_the_text_or_with_its_index():
    assert left_over(BOOK) == [] and unclaimed(index(TEXT), BOOK) == []


def test_a_word_is_claimed_in_its_own_place_only():
    book = {"rules": [{"id": "a", "kind": "gate", "article": "1", "quote": "应当报告"}]}
    assert left_over(book, "第一条 应当报告。应当检查。") == [("1", "应当")]
    assert unclaimed(index("第一条 应当报告。应当检查。"), book) == [(("1", 1), "obligation", "应当", 1)]


def test_the_same_words_quoted_twice_claim_once():
    book = {
        "rules": [
            {"id": ident, "kind": "gate", "article": "1", "quote": quote}
            for ident, quote in (("a", "应当报告"), ("b", "单位应当报告"))
        ]
    }
    assert unclaimed(index("第一条 单位应当报告。应当检查。"), book) == [(("1", 1), "obligation", "应当", 1)]


def test_a_quotation_of_another_article_or_of_other_words_claims_nothing():
    for article, quote in (("2", "应当报告"), ("1", "当报告"), ("1", "应当汇报")):
        assert left_over({"untranslatable": [{"article": article, "excerpt": quote}]}, "第一条 应当报告。\n第二条 略。") == [
            ("1", "应当")
        ]


def test_a_part_out_of_order_claims_nothing():
    assert left_over({"untranslatable": [{"article": "1", "excerpt": "不得收费…应当报告"}]}, "第一条 应当报告。不得收费。") == [
        ("1", "应当")
    ]


def test_the_second_article_of_one_number_is_another():
    assert left_over({"untranslatable": [{"article": "5", "excerpt": "每年报告"}]}, "第五条 每年报告。\n第五条 每年报告。") == [
        ("5", "每年")
    ]


def test_clauses_are_counted_by_the_most_open_of_their_words():
    assert shares(coverage(TEXT, BOOK)) == {"computed": 3, "finding": 3, "head": 4, "not_computed": 1, "unclaimed": 0}
    half = {
        "rules": [{"id": "a", "kind": "at_most", "article": "1", "quote": "应当在半年内报告"}],
        "untranslatable": [{"article": "1", "excerpt": "及时改正"}],
    }
    assert shares(coverage("第一条 应当在半年内报告，及时改正。", half))["not_computed"] == 1
    assert shares(coverage("第一条 应当在半年内报告，及时改正。", {**half, "untranslatable": []}))["unclaimed"] == 1


def test_an_index_is_read_as_it_was_written():
    assert read_index(index_json(TEXT)) == index(TEXT)


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1]", '[{"article": "1"}]', '{"articles": []}', "第一条"])
def test_what_is_no_index_is_refused_and_the_command_that_writes_one_is_named(text):
    with pytest.raises(InvalidInput, match="--write-index"):
        read_index(text)


# The five rulebooks


@needs_texts
@pytest.mark.parametrize("place", PLACES)
def test_everything_in_the_text_is_claimed(place):
    assert [
        (one.article, one.expression.text, one.words)
        for one in coverage(regulation(place), loaders.seed_rulebook(place))
        if one.share == "unclaimed"
    ] == []


@needs_texts
@pytest.mark.parametrize("place", PLACES)
def test_the_committed_index_is_that_of_the_text(place):
    assert committed(place) == index_json(regulation(place)), (
        f"write it again: duban rules coverage {place}.txt schedules/{place}.yaml --write-index schedules/index/{place}.json"
    )


@pytest.mark.parametrize("place", PLACES)
def test_everything_in_the_committed_index_is_claimed(place):
    assert unclaimed(read_index(committed(place)), loaders.seed_rulebook(place)) == []


@pytest.mark.parametrize("place", PLACES)
def test_each_article_needs_its_quotations(place):
    listed, book = read_index(committed(place)), loaders.seed_rulebook(place)
    assert {kind for article in listed for kind, _ in article["found"]} >= set(KINDS) - {"money", "percent"}
    for article in (article for article in listed if article["found"]):
        assert unclaimed([article], book) == []
        assert unclaimed([article], _uncited(book, article)), (
            f"{place}: article {article['article']} is claimed without being quoted"
        )


def _uncited(book, article):
    """The rulebook as if it quoted another article in place of this one."""
    book = copy.deepcopy(book)
    if article["article"] == "前文":
        book["document"]["issued_on"] = None
    for _, entry in list(citations(book)):
        if (entry["article"], entry.get("occurrence", 1)) == (article["article"], article["occurrence"]):
            entry["article"] = "999"
    return book


@pytest.mark.parametrize("place", PLACES)
def test_every_quotation_names_an_article_of_the_index(place):
    known = {(article["article"], article["occurrence"]) for article in read_index(committed(place))}
    assert {claim.article for claim in claims(loaders.seed_rulebook(place))} <= known


def test_the_page_of_what_is_not_computed_is_up_to_date():
    assert (ROOT / "docs" / "not-computed.md").read_text("utf-8") == page(map(loaders.seed_rulebook, PLACES)), (
        "write it again: duban rules not-computed > docs/not-computed.md"
    )


# The command

YUNYANG = str(ROOT / "schedules" / "yunyang.yaml")


def test_the_command_tells_what_is_left_and_writes_the_index(tmp_path, capsys):
    text, written = tmp_path / "text.txt", tmp_path / "index.json"
    text.write_text("第三十三条 县审计局应当依法加强对县级政务信息系统的审计，每年3月底前向县政府报告。", "utf-8")
    assert main(["rules", "coverage", str(text), YUNYANG, "--write-index", str(written)]) == 1
    out = capsys.readouterr().out
    assert "义务 应当 ← untranslatable" in out and "时间 每年3月底前 ← 无人认领" in out and "无人认领 1 句" in out
    assert main(["rules", "coverage", str(written), YUNYANG]) == 1
    assert "第33条 报送 向县政府报告 ← 1 处无人认领" in capsys.readouterr().out
    assert main(["rules", "coverage", str(written), YUNYANG, "--json"]) == 1
    assert [one["text"] for one in json.loads(capsys.readouterr().out)["unclaimed"]] == ["每年3月底前", "向县政府报告"]


def test_the_command_is_content_where_all_is_claimed(tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("第三十三条 县审计局应当依法加强对县级政务信息系统的审计。", "utf-8")
    assert main(["rules", "coverage", str(text), YUNYANG, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "clauses": {"computed": 0, "finding": 0, "head": 0, "not_computed": 1, "unclaimed": 0},
        "expressions": [
            {
                "article": "33",
                "occurrence": 1,
                "kind": "obligation",
                "text": "应当",
                "clause": "县审计局应当依法加强对县级政务信息系统的审计。",
                "claimed_by": ["untranslatable"],
                "share": "not_computed",
            }
        ],
    }
    assert main(["rules", "coverage", str(ROOT / "schedules" / "index" / "yunyang.json"), YUNYANG]) == 0


def test_a_file_that_is_no_regulation_proves_nothing(tmp_path, capsys):
    text = tmp_path / "text.txt"
    text.write_text("你好", "utf-8")
    assert main(["rules", "coverage", str(text), YUNYANG, "--write-index", str(tmp_path / "index.json")]) == 1
    assert "没有条文" in capsys.readouterr().err and not (tmp_path / "index.json").exists()
