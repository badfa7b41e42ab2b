"""What a draft of a rulebook knows of the language of regulations: tables of words, to be added to as more texts are read.

Patterns are matched against text without white space and with punctuation of one width: "(" not "（", "," not "，".
"""

# event: what is said when a clock starts from it ("公示结束后"), and what is said of doing it ("提交竣工验收申请").
EVENTS = (
    ("annual_list_submitted", "", "项目清单|建设需求|申报资料|信息化项目(?:\\(.{0,20}\\))?,通过.{0,20}报"),
    ("midyear_adjustment_proposed", "", "中期调整建议"),
    ("annual_plan_submitted", "", "(?:编制|申报).{0,4}(?:投资)?年度计划|年度投资计划(?:申报|管理)?"),
    ("investment_budget_submitted", "", "投资预算报|年度预算|部门预算|资金预算|给予资金保障"),
    ("overall_plan_reported", "", "总体方案.{0,30}报备"),
    ("superior_applied", "向上级部门申报", "向上级(?:部门)?申报"),
    ("listed", "纳入.{0,12}(?:清单|项目库|储备库)", "(?:列入|纳入).{0,14}(?:清单|项目库|储备库|待建库)"),
    ("declared", "项目申报", "申报(?:新增)?项目|申报方案|不予受理"),
    ("project_approved", "予以立项|立项(?:后|批复)", "予以?立项|立项批复|补充完善程序"),
    ("approval_applied", "", "(?:审批|报批)(?:政务信息化)?项目|项目(?:批复申请|报批)|申请建设"),
    ("feasibility_approved", "可行性研究报告(?:获批|批复)", "可研和概算审批"),
    ("prelim_design_approved", "初步设计.{0,8}批复", "编制项目初步设计"),
    ("framework_confirmed", "框架方案确定", "统一框架方案"),
    ("publicity_ended", "公示(?:结束|期满|无异议)", "公示(?:结束|期满)"),
    ("publicity_started", "(?:网上|开始)公示", "(?:在网上|予以|进行|开展)公示|公示时间"),
    ("technical_plan_approved", "方案审查及概算批复|概算(?:审批|批复)", "技术审查意见及概算批复|技术方案审查"),
    ("technical_plan_submitted", "", "技术方案报|报送.{0,10}技术方案"),
    ("technical_review_passed", "技术审查(?:通过|合格)", "技术审查"),
    ("budget_review_applied", "", "申报.{0,12}预算评审"),
    ("budget_review_completed", "预算评审(?:通过|完成)", "完成预算评审|投资评审"),
    ("procurement_plan_filed", "采购计划备案", "采购计划.{0,4}备案"),
    ("supplementary_contract_signed", "", "补充合同"),
    ("contract_signed", "合同签订|签订合同", "签订(?:政府采购)?合同|办理采购|(?:开展|从事|承接|参与).{0,12}(?:业务|项目)"),
    ("construction_started", "开工", "方可(?:开工)?建设|才能(?:开展)?建设|新建|改扩建|开工"),
    ("adjustment_applied", "", "提交调整申请|提出调整申请"),
    ("adjustment_filed", "", "调整.{0,40}备案"),
    ("adjustment_made", "确需调整|出现重大调整", "建设单位调整"),
    ("serious_issue_reported", "", "(?:及时|立即)?向.{0,40}报告(?=,|$)"),
    ("serious_delay_found", "严重逾期", ""),
    ("major_loss_found", "重大损失", ""),
    ("construction_completed", "建成|建设完成|完工", "建设周期|建设工期|完成建设"),
    ("trial_run_ended", "试运行(?:结束|期满)", ""),
    ("trial_run_started", "投入试运行|试运行(?:开始|时间)?(?=不|至少)", "开展试运行|试运行,时间"),
    ("pre_acceptance_approved", "(?:验收)?前置核准后", ""),
    ("pre_acceptance_applied", "", "申报.{0,10}前置核准"),
    ("archive_accepted", "档案验收合格", "进行档案验收"),
    ("acceptance_result_filed", "", "验收结果|验收相关材料"),
    ("acceptance_applied", "", "验收申请|申请.{0,12}组织竣工验收|申请(?:竣工)?验收"),
    ("final_acceptance_passed", "终验|最终验收", "通过终验"),
    (
        "acceptance_passed",
        "通过(?:项目)?(?:竣工)?验收|验收(?:合格|通过)|竣工验收后",
        "组织.{0,90}验收|通过(?:项目)?(?:竣工)?验收",
    ),
    ("put_into_operation", "投入(?:运行|使用)|上线", "投入(?:运行|使用)|上线运行"),
    ("self_evaluated", "首次自评", "自评价|自评估"),
    ("annual_report_submitted", "", "绩效(?:评价|监控)报告|(?:年度|进展|运行)报告"),
    ("funds_requested", "", "(?:拨付|下达).{0,8}资金|资金拨付"),
    ("om_budget_submitted", "", "运(?:行)?维(?:护)?(?:经)?费|申报预算|运维项目及时报送"),
    ("rectification_ordered", "限期整改|责令", ""),
    ("rectified", "", "整改"),
    ("vendor_blacklisted", "黑名单", ""),
    ("decommission_planned", "", "申报停用计划"),
    ("decommission_filed", "", "处置措施及结果"),
    ("decommissioned", "停用(?:时|后|前)", "正式停用"),
    ("termination_applied", "", "提出(?:终止)?申请.{0,40}终止"),
    ("terminated", "终止的", "终止项目"),
    ("urgent_started", "先行(?:立项)?实施|需立即启动", "先行(?:立项)?实施"),
    ("surplus_found", "结余", ""),
    ("surplus_returned", "", "结余资金退回"),
    ("stage_filed", "", "(?:全环节|登记).{0,30}备案|登记备案"),
)

# What a name of an authority contains, the key it is given and its English name: the first that fits.
AUTHORITIES = (
    ("大数据|数字经济|数据局|数据和|数字局", "data_bureau", "Data Bureau"),
    ("发展和?改革|发改", "ndrc", "Development and Reform Commission"),
    ("财政", "finance", "Finance Bureau"),
    ("网信|网络安全和信息化", "cyber", "Cyberspace Office"),
    ("审计", "audit", "Audit Bureau"),
    ("公安", "police", "Public Security Bureau"),
    ("国资|国有资产", "state_assets", "State Assets Authority"),
    ("密码", "cryptography", "Cryptography Administration"),
    ("保密", "secrecy", "Secrecy Administration"),
    ("档案", "archives", "Archives"),
    ("采购中心", "procurement", "Procurement Centre"),
    ("领导小组|专班", "steering", "Steering Group"),
    ("政府$", "government", "People's Government"),
)

# Who a sentence speaks of beside the authorities.
UNITS = "项目建设单位|项目业主单位|项目实施主体|项目单位|申报单位|建设单位|业主单位|市级部门|各级部门|企事业单位|各级各部门|各部门|各有关部门|项目申报单位|使用单位"
VENDORS = "承建企业|承建单位|供应商|中标商|服务商"

# Words of amounts, and the fact they are about.
AMOUNTS = (
    ("补充合同", "milestone.amount"), ("调整(?:数额|金额)", "milestone.amount"), ("招标控制价", "project.bid_ceiling"),
    ("合同(?:采购)?金额", "project.contract_amount"), ("投资|概算|预算", "project.total_investment"),
)  # fmt: skip
PERCENT_OF = (
    ("补充合同|原合同", "project.contract_amount"), ("概(?:\\(预\\))?算|批复总投资", "project.approved_estimate"),
    ("信息化部分", "project.approved_estimate"), ("总投资|总金额|项目", "project.total_investment"),
)  # fmt: skip
