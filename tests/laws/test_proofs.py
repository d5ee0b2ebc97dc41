"""Laws of proofs: the encoding says of every lead what the evaluator says."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handrail.contract.proof import Encoding, disagreements
from handrail.contract.proof.now import NOW
from handrail.engine.alone import facts_seen
from tests.unit.contract.proof.contracts import contract_with

RULES = (
    "account.employees * 2 > fit + 1000",
    'lead.source_campaign.startsWith("spr") || size(lead.source_campaign) >= 7',
    '"aws" in account.technologies && size(account.technologies) > 2',
    'account.technologies == ["aws", "gcp"]',
    'count("pricing_view", "2h") + count("pricing_view", "7d") > 3',
    '!(lead.country == "US" || account.employees < 50)',
    'tier in ["A", "B"] && territory != "rest"',
    'has(lead.persona) ? lead.persona == "executive" : account.employees + 9 > 9223372036854775800',
    "account.domain == lead.email_domain",
    "(account.employees - 50) / 7 == intent % 3 - 7",
    "(0 - account.employees) % 3 < account.employees / -25",
    '(has(lead.country) ? "a" : "b") == "b"',
    "fit > 50.5 && intent - 10 < fit",
    'lookup("zips", lead.postal_code) in ["us-west", "us-east"]',
    'lead.postal_code in table("zips") && has(account.owner)',
    'account.employees in [0, 50, 51] || lead_type == "demo"',
)
CONTRACT = contract_with(RULES)
ENCODING = Encoding([CONTRACT])
VALUES = {
    "lead.country": ["US", "DE", "FR"],
    "lead.persona": ["executive", "other", "unheard"],
    "account.employees": [0, 49, 50, 51, 520, 1000, 2**62, 2**63 - 1, -4],
    "account.industry": ["software", "health", "unheard"],
    "lead.source_campaign": ["spring", "sprung forth", "autumn"],
    "lead.postal_code": ["94105", "10001", "1"],
    "account.technologies": [[], ["aws"], ["aws", "gcp"], ["gcp", "aws", "x"], ["aws"] * 3],
    "account.csm": ["ada"],
    "account.owner": ["ben"],
    "account.domain": ["bigco.example", "acme.com"],
}
SIGNALS = ["demo_request", "pricing_view", "webinar_attended", "careers_view", "unsubscribe"]
SIGNAL = st.builds(
    lambda name, minutes: {"name": name, "at": (NOW - timedelta(minutes=minutes)).isoformat()},
    st.sampled_from(SIGNALS),
    st.sampled_from([0, 119, 120, 121, 5000, 60_000]),
)
LEADS = st.builds(
    lambda email, values, signals: {
        "id": "lena",
        "captured_at": NOW.isoformat(),
        **({} if email is None else {"email": email}),
        **{name: value for name, value in values.items() if value is not None},
        "signals": signals,
    },
    st.sampled_from([None, "lena@acme.com", "lena@rival.example", "lena@gmail.com"]),
    st.fixed_dictionaries(
        {name: st.sampled_from([None, *values]) for name, values in VALUES.items()}
    ),
    st.lists(SIGNAL, max_size=6),
)


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(line=LEADS)
def test_the_encoding_says_of_a_lead_what_the_evaluator_says(line: dict[str, object]) -> None:
    assert disagreements(ENCODING, facts_seen(CONTRACT, line)) == []
