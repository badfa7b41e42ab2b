"""Drafts of rulebooks: what the words of a regulation say, what they leave open, and how far it gets with the real texts."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from chalicelib import loaders
from chalicelib.cli import main
from chalicelib.cli.draft import as_yaml, open_marks
from chalicelib.core.draft import draft
from chalicelib.lint import lint

from . import draft_measure

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
MADE_UP = ("moxi", "xingzhu")
NEED_TEXTS = pytest.mark.skipif(
    not draft_measure.REGULATIONS.is_dir(), reason="the regulations' texts are not beside this checkout"
)
SLACK = 5  # points that a figure may fall below docs/draft.md before it is told


def drafted(sentence, ident="smallville"):
    """The draft of a regulation that has one sentence in its article 2."""
    return loaders.plain(
        draft(
            f"小城市信息化项目管理办法\n第一条 为了管理制定本办法。\n第二条 {sentence}\n第三条 由市大数据局解释。",
            ident,
            loaders.vocabulary(),
        )
    )


def rule(sentence, kind):
    """The one rule of a kind that a sentence gives."""
    (found,) = [made for made in drafted(sentence)["rules"] if made["kind"] == kind]
    return found


# What is read from a sentence: the kind, and the fields that must be so

READ = {
    "建成后半年内，项目建设单位应当提交竣工验收申请。": ("at_most", {"from": "construction_completed", "within": {"months": 6}, "done_by": ["acceptance_applied"], "owed_by": ["unit"]}),
    "公示结束后，项目建设单位应在六十日内将技术方案报市大数据局。": ("at_most", {"from": "publicity_ended", "within": {"days": 60}, "done_by": ["technical_plan_submitted"], "submit_to": ["data_bureau"]}),
    "市财政局原则上应在30个工作日内完成预算评审。": ("at_most", {"within": {"working_days": 30}, "owed_by": ["finance"], "modality": "in_principle", "done_by": ["budget_review_completed"]}),
    "合同签订后，建设周期不超过1年。": ("at_most", {"from": "contract_signed", "within": {"years": 1}}),
    "使用单位应当自本办法施行之日起180日内登记。": ("at_most", {"from": {"in_force": True}, "within": {"days": 180}}),
    "公示时间不低于7日。": ("at_least", {"for": {"days": 7}}),
    "承建企业列入黑名单的，5年内不得开展相关业务。": ("at_least", {"for": {"years": 5}, "from": "vendor_blacklisted", "per": "vendor", "owed_by": ["vendor"]}),
    "通过验收满2年后方可申请升级改造。": ("at_least", {"for": {"years": 2}, "from": "acceptance_passed"}),
    "投入运行后12—24个月内开展自评价。": ("window", {"from": "put_into_operation", "opens": {"months": 12}, "closes": {"months": 24}, "done_by": ["self_evaluated"]}),
    "通过竣工验收并投入运行后6至12个月内开展自评价。": ("window", {"from": {"later_of": ["acceptance_passed", "put_into_operation"]}}),
    "项目建设单位在每年9月底前报送第二年度项目清单。": ("recurring", {"by": {"month": 9, "day": "last"}, "for": "next", "per": "unit", "done_by": ["annual_list_submitted"]}),
    "每年10月15日前报送上年运行报告。": ("recurring", {"by": {"month": 10, "day": 15}, "for": "previous"}),
    "每年12月上旬前提出建设需求。": ("recurring", {"by": {"month": 12, "third": "first"}}),
    "每年7月，提出年度计划中期调整建议。": ("recurring", {"opens": {"month": 7, "day": 1}, "by": {"month": 7, "day": "last"}, "done_by": ["midyear_adjustment_proposed"]}),
    "每年3月1日至4月30日报送总结。": ("recurring", {"opens": {"month": 3, "day": 1}, "by": {"month": 4, "day": 30}}),
    "每年6月底和12月底前报送运行情况。": ("recurring", {"by": [{"month": 6, "day": "last"}, {"month": 12, "day": "last"}]}),
    "每半年报送一次运行情况。": ("recurring", {"by": [{"month": 6, "day": 30}, {"month": 12, "day": 31}]}),
    "之后每年至少开展一次自评估。": ("recurring", {"every": {"years": 1}, "from": {"last_done": "self_evaluated"}}),
    "定期开展等级测评。": ("recurring", {"every": {"months": {"setting": "interval_1"}}, "while": "operation"}),
    "在建设期内每年年底前提交项目绩效评价报告。": ("recurring", {"by": {"month": 12, "day": 31}, "while": "construction", "per": "project"}),
    "应当在开工20个工作日前报送方案。": ("before_event", {"before": {"working_days": 20}, "from": "construction_started"}),
    "维保结束需安排运维经费的，上一年度要及时申报预算。": ("before_event", {"before": "previous_year", "done_by": ["om_budget_submitted"]}),
    "应当要求项目建设单位限期整改。": ("by_document", {"from": {"each_of": "rectification_ordered", "field": "due_on"}, "done_by": ["rectified"]}),
    "项目总投资有结余的，应当将结余资金退回。": ("no_date", {"from": "surplus_found", "done_by": ["surplus_returned"]}),
    "项目建设单位应当及时向市财政局报告，并抄送市大数据局。": ("no_date", {"submit_to": ["finance"], "copy_to": ["data_bureau"], "done_by": ["serious_issue_reported"]}),
    "未进行档案验收的，不得通过竣工验收。": ("gate", {"bars": ["acceptance_passed"]}),
}  # fmt: skip


@pytest.mark.parametrize("sentence", READ)
def test_a_sentence_is_read_as_its_kind_with_its_times_and_names(sentence):
    kind, fields = READ[sentence]
    made = rule(sentence, kind)
    assert {key: made.get(key) for key in fields} == fields
    assert made["article"] == "2"


@pytest.mark.parametrize(
    "sentence",
    [
        "按照国家有关规定执行。",
        "不得拒绝、隐匿、瞒报。",
        "编制未来3至5年内的总体方案。",
        "参照每年信息化领域平均支出水平安排。",
    ],
)
def test_a_sentence_that_sets_no_time_or_condition_makes_no_rule(sentence):
    assert drafted(sentence)["rules"] == []


def test_a_duty_that_became_no_rule_is_listed_for_a_person_to_decide():
    [left] = drafted("项目建设单位应当建立健全管理制度。")["untranslatable"]
    assert (left["article"], left["excerpt"], set(left["reason"])) == ("2", "项目建设单位应当建立健全管理制度", {"decide"})


def test_amounts_become_rows_that_meet_at_their_edges():
    made = rule(
        "总投资400万元以上的报市政府审批；400万元（含）以下、200万元以上的报市财政局审批；200万元（含）以下的备案。", "band"
    )
    assert [row["when"]["project.total_investment"] for row in made["rows"]] == [
        {"above": 4_000_000}, {"at_most": 4_000_000, "above": 2_000_000}, {"at_most": 2_000_000}]  # fmt: skip


def test_a_percentage_says_of_what():
    made = rule("资金调整数额不超过概算总投资15%的，可以由项目建设单位调整。", "band")
    assert made["rows"][0]["when"] == {"milestone.amount": {"at_most": {"percent": 15, "of": "project.approved_estimate"}}}


def test_an_amount_before_a_term_is_its_condition_and_no_band():
    sentence = "总投资在500万元（含）以上的项目建成后半年内，应当申请竣工验收。"
    assert rule(sentence, "at_most")["when"] == {"project.total_investment": {"at_least": 5_000_000}}
    assert [made["kind"] for made in drafted(sentence)["rules"]] == ["at_most"]


@pytest.mark.parametrize(("words", "cap"), [("延长不超过2个月", {"months": 2}), ("说明理由", None)])
def test_an_extension_is_given_to_the_term_of_its_article(words, cap):
    made = rule(f"建成后3个月内申请验收；不能按期申请的，可以向市财政局申请延期，{words}。", "at_most")
    assert (made["extension"]["to"], made["extension"]["cap"], made["within"]) == ("finance", cap, {"months": 3})


def test_what_two_events_could_mean_is_left_open_and_names_both():
    made = rule("出现工程严重逾期、投资重大损失等问题的，应当及时向市财政局报告。", "no_date")
    assert "serious_delay_found" in made["from"]["decide"] and "major_loss_found" in made["from"]["decide"]


# The head

HEAD = """小城市人民政府办公室
关于印发《小城市信息化项目管理办法（试行）》的通知
小府办规〔2025〕7号
小城市人民政府办公室
2025年3月10日
第一条 由市大数据局会同市发展和改革委管理。市发改委负责审批。
第二条 本办法适用于总投资30万元以上的项目。
第三条 本办法所称“以上”包括本数，“以下”不包括本数。
第四条 {effect}
"""


@pytest.mark.parametrize(
    ("effect", "on"),
    [
        ("本办法自公布之日起30日后施行。", "2025-04-10"),
        ("本办法自印发之日起施行。", "2025-03-10"),
        ("本办法自2025年5月1日起施行。", "2025-05-01"),
    ],
)
def test_the_head_is_read_from_the_notice_and_the_closing_articles(effect, on):
    head = loaders.plain(draft(HEAD.format(effect=effect), None, loaders.vocabulary()))
    assert head["document"] == {
        "title": "小城市信息化项目管理办法（试行）",
        "number": "小府办规〔2025〕7号",
        "issuer": "小城市人民政府办公室",
        "issued_on": "2025-03-10",
    }
    assert (head["edition"], head["status"], head["valid_from"]["on"], head["name"]["zh"]) == ("2025", "in_force", on, "小城市")
    assert (head["edges"]["above"], head["edges"]["below"]) == ("includes", "excludes")
    assert {key: entry["name"] for key, entry in head["authorities"].items()} == {
        "data_bureau": "市大数据局",
        "ndrc": "市发展和改革委",
    }
    assert set(head["id"]) == {"decide"}


def test_a_draft_regulation_has_no_day_of_effect():
    head = draft(
        "小城市信息化项目管理办法\n（征求意见稿）\n第一条 应当管理。\n第二条 本办法自印发之日起施行。",
        "x",
        loaders.vocabulary(),
    )
    assert (head["status"], head["valid_from"]) == ("draft", None)


# Open marks


def test_every_open_mark_is_a_fault_on_its_line_that_says_what_to_decide():
    text = as_yaml(draft((EXAMPLES / "moxi.txt").read_text("utf-8"), "moxi", loaders.vocabulary()))
    lines = text.splitlines()
    faults = lint(text)
    assert len(faults) == text.count("decide: ") - 2 == open_marks(loaders.parse_yaml(text)) > 20  # two in the heading
    for fault in faults:
        asked = re.fullmatch("待定：(.*)", fault.zh)[1]
        assert "decide:" in lines[fault.line - 1] and asked[:6] in lines[fault.line - 1] + lines[fault.line]
        assert "decide" in fault.en and fault.remedy


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("chosen: acceptance", "chosen: {decide: 选哪一种}"),
        ("within: {months: 6}", "within: {months: {decide: 几个月}}"),
        ("by: {month: 9, day: last}", "by: {month: 9, day: {decide: 哪一天}}"),
        ("value: [construction_completed, terminated]", "value: {decide: 哪些节点}"),
        ("{at_least: 500000}", "{at_least: {decide: 多少}}"),
        ("classified:\n", "note_of_ours: {decide: 什么}\nclassified:\n"),
    ],
)
def test_an_open_mark_anywhere_keeps_a_sound_rulebook_from_being_published(old, new):
    sound = (ROOT / "schedules" / "yunyang.yaml").read_text("utf-8")
    text = sound.replace(old, new, 1)
    line = text[: text.index("{decide")].count("\n") + 1
    faults = [fault for fault in lint(text) if not fault.is_note]
    assert (line, True) in [(fault.line, fault.zh.startswith("待定：")) for fault in faults]


# On the command line


def test_the_command_prints_yaml_under_the_articles_first_words(capsys):
    assert main(["rules", "draft", str(EXAMPLES / "moxi.txt"), "--id", "moxi"]) == 0
    out, err = capsys.readouterr()
    assert "  # 第6条 系统建成后3个月内" in out and "起草了" in err
    data = loaders.parse_yaml(out)
    assert list(data)[:4] == ["id", "name", "division", "document"] and list(data["rules"][0])[:3] == ["id", "article", "quote"]


def test_the_command_prints_json_when_asked(capsys):
    assert main(["rules", "draft", str(EXAMPLES / "moxi.txt"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"]


def test_a_text_without_articles_is_refused_with_what_to_do(tmp_path, capsys):
    (tmp_path / "note.txt").write_text("没有条文", "utf-8")
    assert main(["rules", "draft", str(tmp_path / "note.txt")]) == 1
    assert "每条另起一行" in capsys.readouterr().err


# With the real texts


@NEED_TEXTS
@pytest.mark.parametrize("place", draft_measure.PLACES)
def test_a_draft_has_no_fault_but_its_open_marks(place):
    text = as_yaml(draft(draft_measure.text_of(place), place, loaders.vocabulary()))
    told = lint(text, regulation=draft_measure.text_of(place))
    assert [(fault.line, fault.zh) for fault in told if not fault.is_note and not fault.zh.startswith("待定：")] == []


@NEED_TEXTS
def test_drafts_get_as_far_as_their_page_says():
    page = (ROOT / "docs" / "draft.md").read_text("utf-8")
    for kind, count in draft_measure.measured().items():
        row = re.search(rf"^\| `{kind}` \| (\d+) \| (\d+) \|", page, re.MULTILINE)
        assert draft_measure.percent(count.found, count.rules) >= int(row[1]) - SLACK, f"recall of {kind}: {count}"
        assert draft_measure.percent(count.found, count.drafted) >= int(row[2]) - SLACK, f"precision of {kind}: {count}"


# Two made-up regulations: a place is a file of data


@pytest.mark.parametrize("place", MADE_UP)
def test_the_rulebook_of_a_made_up_regulation_is_sound_and_quotes_it(place):
    text, words = ((EXAMPLES / f"{place}.{kind}").read_text("utf-8") for kind in ("yaml", "txt"))
    assert lint(text, regulation=words) == []


EXPECTED = {
    "moxi": ("2026-07-01", {
        "register-old-systems": [("2025-12-28", "done")],  # Sun, does not move
        "test-level-three": [("2027-01-12", "open")],
        "report-operation": [("2026-06-30", "done"), ("2026-12-31", "open")],
        "apply-for-acceptance": [("2026-03-31", "overdue")],
        "explain-the-delay": [("2026-04-15", "overdue")],
        "approval-lapses": [("2026-07-15", "done")],
    }, [("scope", "pass")]),
    "xingzhu": ("2026-01-05", {
        "plan-before-start": [("2025-03-10", "done")],  # 20 working days before Tue 8 April; the 4th is Qingming
        "approve-in-time": [("2025-02-14", "done")],  # 15 working days after Mon 20 January; Sun 26 January and Sat 8 February are worked
        "quarterly-progress": [("2025-06-30", "done")],
        "trial-run-period": [("2025-12-15", "done")],
        "issue-money": [("2026-10-15", "open")],
    }, [("who-approves", "route"), ("issues-before-acceptance", "block"), ("contract-changes", "block"), ("trial-run-period", "block")]),
}  # fmt: skip


@pytest.mark.parametrize("place", MADE_UP)
def test_a_new_place_is_evaluated_once_its_file_lies_in_schedules(place, tmp_path):
    for folder in ("chalicelib", "schemas", "schedules"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(EXAMPLES / f"{place}.yaml", tmp_path / "schedules")
    on, duties, findings = EXPECTED[place]
    run = [sys.executable, "-c", "import sys; from chalicelib.cli import main; sys.exit(main())", "evaluate",
           str(EXAMPLES / f"{place}-facts.json"), "--on", on, "--until", "2026-12-31", "--json"]  # fmt: skip
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DUBAN_")}
    done = subprocess.run(run, cwd=tmp_path, env=environ | {"PYTHONPATH": str(tmp_path), "PYTHONUTF8": "1", "DUBAN_DATA": str(tmp_path / "data")},
                          capture_output=True, text=True, encoding="utf-8", timeout=60)  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    given = {}
    for obligation in answer["obligations"]:
        given.setdefault(obligation["rule"], []).append((obligation["due_on"], obligation["state"]))
    assert given == duties
    assert sorted((finding["rule"], finding["outcome"]) for finding in answer["findings"]) == sorted(findings)


def test_a_draft_keeps_dates_as_dates():
    text = as_yaml(draft(HEAD.format(effect="本办法自印发之日起施行。"), "x", loaders.vocabulary()))
    assert yaml.safe_load(text)["document"]["issued_on"].isoformat() == "2025-03-10"
