"""Every key that a contract may have: the one table behind the reader and the JSON Schema."""

from datetime import timedelta
from typing import Literal, get_args

from handrail.contract.model import (
    AcceptedBy,
    Consequence,
    FieldType,
    Frequency,
    IfMissing,
    StepAct,
    Target,
    Window,
)
from handrail.contract.read import words
from handrail.contract.read.shapes import (
    Choice,
    Condition,
    Either,
    Hundredths,
    Item,
    Key,
    ListOf,
    MapOf,
    Number,
    Record,
    Shape,
    Text,
    Truth,
    Whole,
    Written,
)
from handrail.terms.durations import parse_duration

Strategy = Literal["fastest", "fair"]
SlaClock = Literal["business", "wall"]
Period = Literal["day", "week", "month", "quarter", "year"]

SCORE_MAX = 1_000_000  # of one rule, floor, cap or threshold
LOAD_MAX = 100  # of one handoff; whoever holds more than so many has a pool, not hands

_NAME = Text("a name", characters_max=200)
_MEANS = Text("a sentence", characters_max=2_000)
_IDENTIFIER = Text(
    "an identifier", words.IDENTIFIER_PATTERN, "use letters, digits and _", characters_max=200
)
_REQUIRED_NAME = Text(
    "a name that can be required",
    rf"{words.IDENTIFIER_PATTERN}(\.{words.IDENTIFIER_PATTERN})*",
    "use a name such as source_campaign, tier or account.employees",
    characters_max=200,
)
_WHEN = Condition()
_POINTS = Whole(-SCORE_MAX, SCORE_MAX)
_DURATION: Shape[timedelta] = Written(
    "a duration such as 90d", words.DURATION_PATTERN, parse_duration
)
_WINDOW: Shape[Window] = Written(
    "a duration such as 5m, or same_day", words.WINDOW_PATTERN, words.parse_window
)
_LOAD: Shape[int] = Hundredths(LOAD_MAX)
_PERCENT: Shape[int] = Written(
    "a percentage such as 60%", words.PERCENT_PATTERN, words.parse_percent
)
_TEAM: Shape[str] = Written("team:NAME", words.TEAM_PATTERN, words.parse_team)
_TARGETS: ListOf[Target] = ListOf(
    Written(
        "a target: team:NAME, a field of type rep, or continue",
        words.TARGET_PATTERN,
        words.parse_target,
        in_clause=True,
    ),
    min=1,
    bare=True,
    unique=True,
)
_PERIOD: Shape[Period] = Choice(get_args(Period))

# fields
FIELD_TYPE: Key[FieldType] = Key(
    "type", Choice(get_args(FieldType)), "what the values are", required=True
)
FIELD_VALUES: Key[str | tuple[Item[str], ...]] = Key(
    "values",
    Either(Choice(("iso3166",)), ListOf(Text("a text"), min=1, unique=True)),
    "the closed set of values: a list, or iso3166 for country codes",
)
FIELD_MIN = Key("min", Number(), "the least value")
FIELD_MAX = Key("max", Number(), "the greatest value")
FIELD = Record((FIELD_TYPE, FIELD_VALUES, FIELD_MIN, FIELD_MAX))

# scores
RULE_WHEN = Key("when", _WHEN, "the condition under which it counts", required=True)
RULE_ADD = Key("add", _POINTS, "points to add", required=True)
RULE_BECAUSE = Key("because", _MEANS, "the reason as people read it")
SCORE_RULE = Record((RULE_WHEN, RULE_ADD, RULE_BECAUSE))
SIGNAL_ADD = Key("add", _POINTS, "points for each signal kept", required=True)
SIGNAL_AT_MOST: Key[Frequency] = Key(
    "at_most",
    Written("a frequency such as 1 per week", words.FREQUENCY_PATTERN, words.parse_frequency),
    "how many are kept: N per day, week, month, 90d or ever",
)
SIGNAL_HALF_LIFE = Key("half_life", _DURATION, "the time in which its points halve")
SIGNAL = Record((SIGNAL_ADD, SIGNAL_AT_MOST, SIGNAL_HALF_LIFE))
IDLE_AFTER = Key("after", _DURATION, "silence before the first deduction", required=True)
IDLE_ADD = Key("add", _POINTS, "points for each period of silence", required=True)
IDLE_EVERY = Key("every", _DURATION, "time between deductions", required=True)
IDLE = Record((IDLE_AFTER, IDLE_ADD, IDLE_EVERY))
SCORE_CAP = Key("cap", _POINTS, "the greatest score")
SCORE_FLOOR = Key("floor", _POINTS, "the least score; 0 unless given")
SCORE_RULES = Key("rules", ListOf(SCORE_RULE), "points for attributes")
SCORE_SIGNALS = Key("signals", MapOf(SIGNAL), "points for behaviours")
SCORE_IDLE = Key("idle", IDLE, "points for silence")
SCORE_RESET_ON = Key("reset_on", ListOf(_NAME, bare=True), "signals that set the score back")
SCORE_SUM = Key("sum", ListOf(_IDENTIFIER, min=1, unique=True), "the scores that it adds up")
SCORE = Record(
    (SCORE_CAP, SCORE_FLOOR, SCORE_RULES, SCORE_SIGNALS, SCORE_IDLE, SCORE_RESET_ON, SCORE_SUM)
)

# exclude, territories, lead types
EXCLUDE_WHEN = Key("when", _WHEN, "who is excluded", required=True)
EXCLUDE_BECAUSE = Key("because", _MEANS, "the reason that is kept")
EXCLUDE = Record((EXCLUDE_WHEN, EXCLUDE_BECAUSE))
TERRITORY_NAME = Key("name", _NAME, "the name that reps list", required=True)
TERRITORY_WHEN = Key("when", _WHEN, "who belongs to it", required=True)
TERRITORY = Record((TERRITORY_NAME, TERRITORY_WHEN))
TYPE_NAME = Key("name", _NAME, "the lead type", required=True)
TYPE_WHEN = Key("when", _WHEN, "which leads are of this type", required=True)
TYPE_FIRST_ACTION = Key(
    "first_action", _WINDOW, "the time until the first human act", required=True
)
TYPE_STRATEGY: Key[Strategy] = Key("strategy", Choice(get_args(Strategy)), "how reps are ranked")
TYPE_LOAD: Key[int | dict[str, Item[int]]] = Key(
    "load",
    Either(_LOAD, MapOf(_LOAD, min=1)),
    "how much of `caps.open` one open handoff fills: a number, or one by tier; 1 unless given",
)
LEAD_TYPE = Record((TYPE_NAME, TYPE_WHEN, TYPE_FIRST_ACTION, TYPE_STRATEGY, TYPE_LOAD))

# mql
THRESHOLD_NAME = Key("name", _NAME, "the threshold stamped on the record", required=True)
THRESHOLD_WHEN = Key("when", _WHEN, "when a lead qualifies", required=True)
THRESHOLD = Record((THRESHOLD_NAME, THRESHOLD_WHEN))
AGAIN_KEEP_OWNER = Key("keep_owner", _DURATION, "how long the last owner is kept")
AGAIN_NEEDS = Key("needs", Choice(("new_signal",)), "what a second qualification needs")
AGAIN_AFTER_REJECTION = Key("after_rejection", _DURATION, "the wait after a rejection")
AGAIN = Record((AGAIN_KEEP_OWNER, AGAIN_NEEDS, AGAIN_AFTER_REJECTION))
MQL_MEANS = Key("means", _MEANS, "the definition in words", required=True)
MQL_ANY = Key("any", ListOf(THRESHOLD, min=1), "a lead qualifies when any holds", required=True)
MQL_REQUIRE = Key(
    "require", ListOf(_REQUIRED_NAME, unique=True), "what must be known of a qualified lead"
)
MQL_IF_MISSING: Key[dict[str, Item[IfMissing]]] = Key(
    "if_missing",
    MapOf(Choice(get_args(IfMissing))),
    "what follows when something required is missing, by lead type or `default`",
)
MQL_AGAIN = Key("again", AGAIN, "how a known lead qualifies again")
MQL = Record((MQL_MEANS, MQL_ANY, MQL_REQUIRE, MQL_IF_MISSING, MQL_AGAIN))

# sal
CODE_THEN: Key[Consequence] = Key(
    "then", Choice(get_args(Consequence)), "what follows the rejection", required=True
)
CODE_AFTER = Key("after", _DURATION, "when a recycled lead is looked at again")
CODE_CREDIT = Key("credit", Truth(), "whether the share is given back")
REJECT_CODE = Record((CODE_THEN, CODE_AFTER, CODE_CREDIT))
FOLLOW_ATTEMPTS = Key("attempts", Whole(1, 1_000), "how many attempts are made", required=True)
FOLLOW_WITHIN = Key("within", _DURATION, "the time for them", required=True)
FOLLOW_THEN = Key("then", _NAME, "the reject code that follows", required=True)
FOLLOW_UP = Record((FOLLOW_ATTEMPTS, FOLLOW_WITHIN, FOLLOW_THEN))
SAL_MEANS = Key("means", _MEANS, "the definition in words", required=True)
SAL_ACCEPT_WITHIN = Key(
    "accept_within", _WINDOW, "the time for accepting or rejecting", required=True
)
SAL_ACCEPTED_BY: Key[tuple[Item[AcceptedBy], ...]] = Key(
    "accepted_by",
    ListOf(Choice(get_args(AcceptedBy)), min=1, unique=True),
    "what counts as accepting",
)
SAL_FOLLOW_UP = Key("follow_up", FOLLOW_UP, "what is done before giving up")
SAL_REJECT_CODES = Key(
    "reject_codes",
    MapOf(
        REJECT_CODE,
        words.IDENTIFIER_PATTERN,
        "use letters, digits and _, such as wrong_persona",
        min=1,
    ),
    "why a lead may be rejected, and what follows",
    required=True,
)
SAL_REQUIRE = Key("require", ListOf(_REQUIRED_NAME, unique=True), "what a rep must answer")
SAL = Record(
    (SAL_MEANS, SAL_ACCEPT_WITHIN, SAL_ACCEPTED_BY, SAL_FOLLOW_UP, SAL_REJECT_CODES, SAL_REQUIRE)
)

# sql
HANDOVER_TO = Key("to", _TARGETS, "who takes over, tried in order", required=True)
HANDOVER_WITHIN = Key("accept_within", _WINDOW, "the time for accepting", required=True)
HANDOVER = Record((HANDOVER_TO, HANDOVER_WITHIN))
SQL_MEANS = Key("means", _MEANS, "the definition in words", required=True)
SQL_REQUIRE = Key(
    "require", ListOf(_REQUIRED_NAME, unique=True), "what a rep must answer", required=True
)
SQL_HANDOVER = Key("handover", HANDOVER, "who takes over a sales-qualified lead")
SQL = Record((SQL_MEANS, SQL_REQUIRE, SQL_HANDOVER))

# routing
ROUTE_NAME = Key("name", _NAME, "the name of the rule", required=True)
ROUTE_WHEN = Key("when", _WHEN, "which leads it takes", required=True)
ROUTE_TO = Key("to", _TARGETS, "whom it tries, in order", required=True)
ROUTE_NEEDS = Key("needs", ListOf(_NAME, bare=True, unique=True), "skills that the rep must have")
ROUTE = Record((ROUTE_NAME, ROUTE_WHEN, ROUTE_TO, ROUTE_NEEDS))
FAIRNESS_WINDOW = Key("window", _PERIOD, "since when shares are counted", required=True)
FAIRNESS = Record((FAIRNESS_WINDOW,))

# sla, triage, alerts
STEP_BREACH = Key("breach", Whole(1, 100), "the number of the breach, from 1", required=True)
_ACT: Shape[StepAct] = Written(
    "reroute, alert_manager, assign team:NAME or incident", words.ACT_PATTERN, words.parse_act
)
STEP_DO = Key("do", ListOf(_ACT, min=1, bare=True, unique=True), "what follows", required=True)
STEP_REPEAT = Key("repeat", _DURATION, "how often an incident pages again")
STEP = Record((STEP_BREACH, STEP_DO, STEP_REPEAT))
SLA_CLOCK: Key[SlaClock] = Key(
    "clock", Choice(get_args(SlaClock)), "which time counts", required=True
)
SLA_WARN_AT = Key("warn_at", _PERCENT, "the part of the window after which the owner is warned")
SLA_ESCALATION = Key("escalation", ListOf(STEP), "what follows each breach")
SLA = Record((SLA_CLOCK, SLA_WARN_AT, SLA_ESCALATION))
TRIAGE_TO = Key("to", _TEAM, "the team that looks", required=True)
TRIAGE_WITHIN = Key("within", _DURATION, "the time for it", required=True)
TRIAGE = Record((TRIAGE_TO, TRIAGE_WITHIN))
HIGH_INTENT_WHEN = Key("when", _WHEN, "when the owner is told", required=True)
HIGH_INTENT = Record((HIGH_INTENT_WHEN,))
STALLED_AFTER = Key("after", _DURATION, "the silence after which it is said", required=True)
STALLED = Record((STALLED_AFTER,))
NO_SHOW_AT = Key("at", _PERCENT, "the risk from which it is said", required=True)
NO_SHOW = Record((NO_SHOW_AT,))
_MINUTE: Shape[int] = Written(
    'a time of day such as "20:00"', words.CLOCK_TIME_PATTERN, words.parse_minute
)
QUIET_FROM = Key("from", _MINUTE, "when the quiet begins", required=True)
QUIET_UNTIL = Key("until", _MINUTE, "when the quiet ends", required=True)
QUIET = Record((QUIET_FROM, QUIET_UNTIL))
ALERT_HIGH_INTENT = Key("high_intent", HIGH_INTENT, "a lead suddenly wants more")
ALERT_STALLED = Key("stalled", STALLED, "nothing happens any more")
ALERT_NO_SHOW = Key("no_show_risk", NO_SHOW, "a booked meeting may not be held")
ALERT_QUIET = Key("quiet_hours", QUIET, "hours in which alerts are held, in the recipient's zone")
ALWAYS_KINDS = Key(
    "kinds",
    ListOf(Choice(words.OPTIONAL_ALERTS), unique=True),
    "alerts that nobody can switch off, beside assignments, warnings, breaches and incidents",
)
ALWAYS_CHANNELS = Key(
    "channels", ListOf(Choice(words.PERSONAL_CHANNELS), unique=True), "channels that stay on"
)
ALWAYS = Record((ALWAYS_KINDS, ALWAYS_CHANNELS))
ALERT_ALWAYS = Key("always", ALWAYS, "what people cannot switch off for themselves")
ALERT_BUDGET = Key("budget", Whole(1, 1_000), "messages to one person in a shift; 20 unless given")
ALERT_DIGEST_EVERY = Key(
    "digest_every", _DURATION, "how often what is beyond the budget is told; 15m unless given"
)
STORM_ABOVE = Key("above", Whole(1, 60), "messages to one person in a minute; 2 unless given")
STORM_EVERY = Key("every", _DURATION, "time between digests while it lasts; 5m unless given")
STORM = Record((STORM_ABOVE, STORM_EVERY))
ALERT_STORM = Key("storm", STORM, "when many messages at once become a digest")
ALERTS = Record(
    (
        ALERT_HIGH_INTENT,
        ALERT_STALLED,
        ALERT_NO_SHOW,
        ALERT_QUIET,
        ALERT_ALWAYS,
        ALERT_BUDGET,
        ALERT_DIGEST_EVERY,
        ALERT_STORM,
    )
)

# booking
BOOKING_LENGTH = Key("length", _DURATION, "how long a meeting takes")
BOOKING_STEP = Key("step", _DURATION, "meetings begin on it, counted from the rep's midnight")
BOOKING_BEFORE = Key("before", _DURATION, "free time that a rep needs before a meeting")
BOOKING_AFTER = Key("after", _DURATION, "free time that a rep needs after a meeting")
BOOKING_NOTICE = Key("notice", _DURATION, "the least time from now to a meeting")
BOOKING_WITHIN = Key("within", _DURATION, "how far ahead buyers may book")
BOOKING_PER_DAY = Key("per_day", Whole(1, 48), "meetings that one rep takes on a day")
BOOKING_OFFER = Key("offer", Whole(1, 20), "times that the answer to a lead offers")
BOOKING_HOLD = Key("hold", _DURATION, "how long a chosen time is kept for a buyer")
BOOKING_REMINDERS = Key(
    "reminders",
    ListOf(_DURATION, unique=True),
    "how long before a meeting the buyer is reminded of it",
)
BOOKING_TITLE = Key("title", _NAME, "what stands in the calendars")
NO_SHOW_CREDIT = Key("credit", Truth(), "whether the rep's share is given back")
NO_SHOW_OFFER = Key("offer", Truth(), "whether the buyer gets new times by mail")
AFTER_NO_SHOW = Record((NO_SHOW_CREDIT, NO_SHOW_OFFER))
BOOKING_NO_SHOW = Key("no_show", AFTER_NO_SHOW, "what follows when the buyer does not come")
BOOKING = Record(
    (
        BOOKING_LENGTH,
        BOOKING_STEP,
        BOOKING_BEFORE,
        BOOKING_AFTER,
        BOOKING_NOTICE,
        BOOKING_WITHIN,
        BOOKING_PER_DAY,
        BOOKING_OFFER,
        BOOKING_HOLD,
        BOOKING_REMINDERS,
        BOOKING_TITLE,
        BOOKING_NO_SHOW,
    )
)

# governance
REVIEW_EVERY = Key("every", _PERIOD, "how often the contract is reviewed", required=True)
REVIEW_OWNER = Key("owner", _NAME, "who reviews it: a key of owners", required=True)
REVIEW = Record((REVIEW_EVERY, REVIEW_OWNER))
CHANGES_BOTH = Key("both_sign", ListOf(_NAME, unique=True), "sections that both teams sign")
CHANGES_ALONE = Key("revops_alone", ListOf(_NAME, unique=True), "sections RevOps may change alone")
CHANGES_EMERGENCY = Key(
    "emergency", _DURATION, "how long a change that one owner signed may hold; absent: it may not"
)
CHANGES = Record((CHANGES_BOTH, CHANGES_ALONE, CHANGES_EMERGENCY))
GOVERNANCE_SCOPE = Key("scope", _MEANS, "what the contract is for, and what not")
GOVERNANCE_NEVER_USE = Key("never_use", ListOf(_NAME, unique=True), "what no rule may look at")
GOVERNANCE_UNCERTAIN = Key(
    "triage_when_uncertain", _PERCENT, "the error rate at which a learned score abstains"
)
GOVERNANCE_REVIEW = Key("review", REVIEW, "who reviews it, and how often")
GOVERNANCE_CHANGES = Key("changes", CHANGES, "who signs which change")
GOVERNANCE = Record(
    (
        GOVERNANCE_SCOPE,
        GOVERNANCE_NEVER_USE,
        GOVERNANCE_UNCERTAIN,
        GOVERNANCE_REVIEW,
        GOVERNANCE_CHANGES,
    )
)

# the whole
_ZONE = Text("a time zone", parse=words.check_zone, characters_max=100)
_ADDRESS = Text("an e-mail address", words.ADDRESS_PATTERN, "write it like dana@acme.example", 320)
CONTRACT = Key("contract", _NAME, "the name of the contract", required=True)
VERSION = Key("version", Whole(1, 1_000_000_000), "counts up with each change", required=True)
TIMEZONE = Key("timezone", _ZONE, "the zone of shares, reviews and defaults", required=True)
OWNERS = Key("owners", MapOf(_ADDRESS, min=1), "who answers for it: role and e-mail", required=True)
SOURCES = Key(
    "sources",
    ListOf(Text("a source", characters_max=100), min=1, unique=True),
    "the sources whose leads it takes; without it, those that no other contract takes",
)
TABLES = Key(
    "tables",
    MapOf(Text("a file name", characters_max=500)),
    "CSV files beside the contract; the first column is the key",
)
FIELDS = Key(
    "fields",
    MapOf(FIELD, words.FIELD_PATTERN, "write it dotted, such as lead.country"),
    "what conditions may look at",
    required=True,
)
SCORES = Key(
    "scores",
    MapOf(SCORE, words.IDENTIFIER_PATTERN, "use letters, digits and _"),
    "standing scores; fit and intent always exist",
    required=True,
)
TIERS = Key(
    "tiers", MapOf(Whole(0, SCORE_MAX), min=1), "each tier's least fit, the lowest 0", required=True
)
EXCLUSIONS = Key("exclude", ListOf(EXCLUDE), "who gets no handoff")
TERRITORIES = Key("territories", ListOf(TERRITORY), "first match wins; reps list these names")
LEAD_TYPES = Key("lead_types", ListOf(LEAD_TYPE, min=1), "first match wins", required=True)
MQL_SECTION = Key("mql", MQL, "when marketing calls a lead qualified", required=True)
SAL_SECTION = Key("sal", SAL, "how sales accepts or rejects", required=True)
SQL_SECTION = Key("sql", SQL, "when a lead is worth a meeting", required=True)
ROUTING = Key("routing", ListOf(ROUTE), "first match wins; the last takes all", required=True)
FAIRNESS_SECTION = Key("fairness", FAIRNESS, "how shares are counted")
SLA_SECTION = Key("sla", SLA, "clocks, warnings and what follows a breach", required=True)
TRIAGE_SECTION = Key("triage", TRIAGE, "who looks at what rules cannot decide", required=True)
ALERTS_SECTION = Key("alerts", ALERTS, "messages that ask for one act")
BOOKING_SECTION = Key("booking", BOOKING, "when buyers may book a meeting")
GOVERNANCE_SECTION = Key("governance", GOVERNANCE, "scope, limits and who signs")
ROOT = Record(
    (
        CONTRACT,
        VERSION,
        TIMEZONE,
        OWNERS,
        SOURCES,
        TABLES,
        FIELDS,
        SCORES,
        TIERS,
        EXCLUSIONS,
        TERRITORIES,
        LEAD_TYPES,
        MQL_SECTION,
        SAL_SECTION,
        SQL_SECTION,
        ROUTING,
        FAIRNESS_SECTION,
        SLA_SECTION,
        TRIAGE_SECTION,
        ALERTS_SECTION,
        BOOKING_SECTION,
        GOVERNANCE_SECTION,
    )
)
SECTIONS = tuple(key.name for key in ROOT.keys)
