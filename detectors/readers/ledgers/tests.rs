use super::*;
use serde_json::{Value, json};

fn read(mapping: Mapping, export: &str, declared: &Declared) -> Vec<Record> {
    let mut mappings = Mappings::default();
    mappings.add(mapping);
    let now = "2026-11-22T00:00:00Z".parse().expect("a time");
    let mut ledger = Ledger::new(&mappings);
    ledger.read(&Export { path: "export", bytes: export.as_bytes(), now, declared });
    ledger.finish()
}

/// A record without its envelope.
fn bare(record: &Record) -> Value {
    let mut value = serde_json::to_value(record).expect("JSON");
    for name in ["v", "src", "as_of"] {
        value.as_object_mut().expect("an object").remove(name);
    }
    value
}

fn evidence(records: &[Record]) -> Vec<Value> {
    let kept = records.iter().filter(|record| !matches!(record, Record::Coverage(_)));
    kept.map(bare).collect()
}

fn troubles(records: &[Record]) -> Vec<String> {
    let trouble = |record: &Record| match record {
        Record::Coverage(c) if c.line.is_some() => {
            Some(format!("{}: {}", c.part.as_deref()?, c.why.as_deref()?))
        }
        _ => None,
    };
    records.iter().filter_map(trouble).collect()
}

#[test]
fn every_mapping_of_ours_reads_and_gives_what_its_examples_say() {
    for (name, text) in overstay_rules::ledger_mappings() {
        let mapping = Mapping::parse(name, text).unwrap_or_else(|why| panic!("{why}"));
        assert!(!mapping.examples.is_empty(), "{name} has no example");
        for example in &mapping.examples {
            let declared = Declared { mapping: Some((*name).to_owned()), ..Declared::default() };
            let records = read(mapping.clone(), &example.export.replace('‖', ""), &declared);
            assert_eq!(troubles(&records), Vec::<String>::new(), "{name}");
            let evidence_text = example.evidence.replace('‖', "");
            let expected: Vec<Value> = evidence_text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| {
                    serde_json::from_str(line).unwrap_or_else(|why| panic!("{name}: {why}: {line}"))
                })
                .collect();
            let found = evidence(&records);
            let shown: Vec<String> = found.iter().map(Value::to_string).collect();
            assert_eq!(found, expected, "{name} gives:\n{}", shown.join("\n"));
        }
    }
}

#[test]
fn every_mapping_of_ours_recognises_its_own_examples_and_no_other() {
    let mappings = Mappings::built_in();
    for mapping in mappings.iter() {
        for example in &mapping.examples {
            let now = Timestamp::default();
            let declared = &Declared::default();
            let export = Export { path: "x", bytes: example.export.as_bytes(), now, declared };
            let chosen = mappings.choose(&export).map(|(chosen, _)| chosen.name.as_str());
            assert_eq!(chosen.ok(), Some(mapping.name.as_str()));
        }
    }
}

const REQUESTS: &str = r#"
title = "Requests"
system = "desk"
[[record]]
kind = "entitlement"
when = { Type = ["access"] }
id = "{Number}"
[record.fields]
subject = "desk:{Account|lower}"
"grant.system" = "aws"
"grant.resource" = "{Target}"
"grant.privilege" = "{Role}"
"grant.rank" = { from = "{Role}", map = [["*admin*", "admin"], ["*", ""]] }
state = { from = "{State}", map = [["Approved", "approved"], ["Rejected", "denied"]] }
not_after = { from = "{Until}", time = "%d.%m.%Y", never = ["never"] }
approvals = { each = "Approvers", split = ";", fields = { by = "desk:{.}", at = "{On}", decision = { from = "{State}", map = [["Approved", "approve"], ["*", "deny"]] } } }
"#;

fn requests() -> Mapping {
    Mapping::parse("requests", REQUESTS).expect("a mapping")
}

fn named() -> Declared {
    Declared { mapping: Some("requests".to_owned()), ..Declared::default() }
}

#[test]
fn a_csv_of_a_spreadsheet_is_read_with_semicolons_quotes_and_blanks() {
    let export = "Type;Number;Account;Target;Role;State;Until;Approvers;On\r\n\
        access;R1; SVC-Pay ;acct/1;\"Power; Admin\";Approved;31.12.2026;ann; 2026-01-05\r\n\
        access;R2;svc-b;acct/1;reader;rejected;never;;\r\n\
        hardware;R3;;;;;;;\r\n";
    let records = read(requests(), export, &named());
    assert_eq!(
        evidence(&records),
        [
            json!({"kind": "entitlement", "id": "entitlement:desk:R1", "subject": "desk:svc-pay",
            "grant": {"system": "aws", "resource": "acct/1", "privilege": "Power; Admin", "rank": "admin"},
            "state": "approved", "not_after": "2026-12-31T23:59:59Z",
            "approvals": [{"by": "desk:ann", "at": "2026-01-05T00:00:00Z", "decision": "approve"}]}),
            json!({"kind": "entitlement", "id": "entitlement:desk:R2", "subject": "desk:svc-b",
            "grant": {"system": "aws", "resource": "acct/1", "privilege": "reader"},
            "state": "denied", "not_after": null}),
        ]
    );
}

#[test]
fn a_malformed_row_is_named_and_the_others_are_read() {
    let export = "Type,Number,Account,Target,Role,State,Until,Approvers,On\n\
        access,R1,a,t,r,Approved,2026-12-31,,\n\
        access,R2,a,t,r,Parked,31.12.2026,,\n\
        access,R3,a,t\n\
        access,R4,,t,r,Approved,31.12.2026,,\n\
        access,R5,a,t,r,Approved,31.12.2026,,\n";
    let records = read(requests(), export, &named());
    assert_eq!(evidence(&records).len(), 1);
    assert_eq!(
        troubles(&records),
        [
            "export:4: line 4: 4 columns, the header has 9",
            "export:2: line 2, column Until: not a time written as `%d.%m.%Y`",
            "export:3: line 3, column State: the mapping has no value for `Parked`",
            "export#5: the row does not make a whole entitlement record: missing field `subject`",
        ]
    );
    let whole = records.iter().any(|r| matches!(r, Record::Coverage(c) if c.complete));
    assert!(!whole, "an export with broken rows is not complete");
}

#[test]
fn only_what_its_owner_vouches_for_is_complete() {
    let export = "Type,Number,Account,Target,Role,State,Until,Approvers,On\n\
        access,R1,a,t,r,Approved,31.12.2026,,\n";
    let vouched = |complete, next: &str| {
        let declared = Declared {
            complete,
            from: "2026-01-01T00:00:00Z".parse().ok(),
            exported_at: "2026-11-21T00:00:00Z".parse().ok(),
            ..named()
        };
        let export = if next.is_empty() { export.to_owned() } else { next.to_owned() };
        let records = read(requests(), &export, &declared);
        records.into_iter().find_map(|record| match record {
            Record::Coverage(c) if c.line.is_none() && !c.by_design => Some(c),
            _ => None,
        })
    };
    let whole = vouched(true, "").expect("coverage");
    assert!(whole.complete);
    assert_eq!(whole.kinds, ["entitlement"]);
    assert_eq!(whole.from.to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(whole.to.to_string(), "2026-11-21T00:00:00Z");
    assert!(!vouched(false, "").expect("coverage").complete);
    let page = r#"{"value": [], "@odata.nextLink": "https://graph.example/next"}"#;
    assert!(!vouched(true, page).expect("coverage").complete, "one page of several");
}

#[test]
fn rows_of_one_object_become_one_record() {
    let mapping = Mapping::parse("log", r#"
title = "Audit log"
system = "gate"
[[record]]
kind = "entitlement"
when = { event = ["create"] }
id = "{id}"
[record.fields]
as_of = "{time}"
subject = "gate:{user}"
"grant.system" = "gate"
"grant.resource" = "{node}"
"grant.privilege" = "login"
state = { from = "{event}", map = [["*", "pending"]] }
[[record]]
kind = "entitlement"
when = { event = ["review"] }
id = "{id}"
[record.fields]
as_of = "{time}"
state = { from = "{state}", map = [["APPROVED", "approved"], ["DENIED", "denied"]] }
approvals = { fields = { by = "gate:{reviewer}", at = "{time}", decision = { from = "{state}", map = [["APPROVED", "approve"], ["*", "deny"]] } } }
"#).expect("a mapping");
    let export = "{\"event\":\"review\",\"id\":\"1\",\"time\":1767139200,\"reviewer\":\"bo\",\"state\":\"APPROVED\"}\n\
        {\"event\":\"create\",\"id\":\"1\",\"time\":1767139100,\"user\":\"al\",\"node\":\"db\"}\n\
        {\"event\":\"review\",\"id\":\"1\",\"time\":1767139300,\"reviewer\":\"cy\",\"state\":\"APPROVED\"}\n\
        {\"event\":\"create\",\"id\":\n";
    let declared = Declared { mapping: Some("log".to_owned()), ..Declared::default() };
    let records = read(mapping, export, &declared);
    assert_eq!(
        evidence(&records),
        [json!({
            "kind": "entitlement", "id": "entitlement:gate:1", "subject": "gate:al", "state": "approved",
            "grant": {"system": "gate", "resource": "db", "privilege": "login"},
            "approvals": [
                {"by": "gate:bo", "at": "2025-12-31T00:00:00Z", "decision": "approve"},
                {"by": "gate:cy", "at": "2025-12-31T00:01:40Z", "decision": "approve"},
            ],
        })]
    );
    assert_eq!(troubles(&records), ["export:4: line 4, column 23: not valid JSON"]);
}

#[test]
fn a_proposed_mapping_reads_the_sample_that_it_was_made_from() {
    let sample = "Request Number,Requested For,Application,Role,Status,Approver,Approved On,End Date,Comments\n\
        REQ1,svc-pay,Payments DB,reader,Provisioned,ann,01/31/2026,12/31/2026,nightly export\n\
        REQ2,svc-x,Payments DB,owner,Rejected,bob,02/01/2026,,\n";
    let text = propose("desk", sample.as_bytes()).expect("a proposal");
    let mapping = Mapping::parse("desk", &text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let declared = Declared { mapping: Some("desk".to_owned()), ..Declared::default() };
    let records = read(mapping, sample, &declared);
    assert_eq!(troubles(&records), Vec::<String>::new(), "{text}");
    let first = records.iter().find_map(|record| match record {
        Record::Entitlement(e) if e.subject == "desk:svc-pay" => Some(e),
        _ => None,
    });
    let first = first.unwrap_or_else(|| panic!("{text}"));
    assert_eq!(first.grant.resource, "Payments DB");
    assert_eq!(first.state, crate::evidence::EntitlementState::Approved);
    assert_eq!(first.approvals.len(), 1);
    assert_eq!(first.approvals[0].by, "desk:ann");
}

/// The first record that a proposed mapping makes of its own sample.
fn proposed(sample: &str) -> Value {
    let text = propose("odd", sample.as_bytes()).unwrap_or_else(|why| panic!("{}", why.at("odd")));
    let mapping = Mapping::parse("odd", &text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let declared = Declared { mapping: Some("odd".to_owned()), ..Declared::default() };
    let records = read(mapping, sample, &declared);
    assert_eq!(troubles(&records), Vec::<String>::new(), "{text}");
    evidence(&records).first().unwrap_or_else(|| panic!("{text}")).clone()
}

#[test]
fn odd_exports_get_a_mapping_that_reads_them() {
    let spreadsheet = "\u{feff}Request ID;Service Account;Target System;Role;Approval Status;Approved By;Approved On;Valid Until;Cost|EUR\r\n\
        20260001;svc-pay;db/pay;Reader;Approved;ann;05.01.2026 14:30;31.12.2026 00:00;3,50\r\n";
    let first = proposed(spreadsheet);
    assert_eq!(first["subject"], "odd:svc-pay");
    assert_eq!(first["not_after"], "2026-12-31T00:00:00Z");
    assert_eq!(first["approvals"][0]["at"], "2026-01-05T14:30:00Z");
    assert_eq!(first["ticket"], "20260001", "a number is no date");

    let nested = r#"{"meta": {"pages": [1]}, "response": {"records": [
        {"requestedFor": {"userName": "svc-pay"}, "target": {"application": "db/pay"}, "role": "reader", "status": "COMPLETED", "expires": "2026-12-31"}]}}"#;
    let first = proposed(nested);
    assert_eq!(first["subject"], "odd:svc-pay");
    assert_eq!(first["grant"]["resource"], "db/pay");
    assert_eq!(first["state"], "approved");

    let lines = "{\"account\": \"svc-pay\", \"checkout_time\": \"2026/11/20 08:00:00\", \"safe\": \"prod\", \"role\": \"root\"}\n{\"account\": \"svc-b\", \"checkout_time\": \"2026/11/20 08:00:00\", \"safe\": \"prod\", \"role\": \"root\"}\n";
    assert_eq!(proposed(lines)["issued_at"], "2026-11-20T08:00:00Z");
}

#[test]
fn a_sample_that_cannot_be_read_is_told_with_file_line_and_column() {
    for (sample, expected) in [
        ("{\"a\": [\n  {\"x\": 1},\n  {\"x\": }\n]}", "odd.json:3:9: not valid JSON"),
        ("a;b\n1;2;3\n", "odd.json:2:1: 3 columns, the header has 2"),
        ("", "odd.json:1:1: the sample holds no row that a mapping could name"),
        ("[1, 2]", "odd.json:1:1: the row is not an object"),
    ] {
        let why = propose("odd", sample.as_bytes()).expect_err(sample);
        assert_eq!(why.at("odd.json"), expected);
    }
}

#[test]
fn a_token_stands_for_its_claims_and_a_broken_one_is_named() {
    let claims = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        br#"{"Type":"access","Number":"1","Account":"a","Target":"t","Role":"r","State":"Approved"}"#,
    );
    let export = format!("[\"e30.{claims}.c2ln\",\n \"not a token\"]");
    let records = read(requests(), &export, &named());
    assert_eq!(evidence(&records).len(), 1);
    assert_eq!(troubles(&records), ["export:2: line 2: the row is not an object"]);
}

#[test]
fn a_cut_or_hostile_export_is_named_with_its_line_though_its_format_is_not_known() {
    let mappings = Mappings::built_in();
    let deep = "[".repeat(100_000);
    for (bytes, why) in [
        (&b"{\"value\": [\n{\"id\": \"1\"},\n{\"id\""[..], "line 3, column 5: not valid JSON"),
        (deep.as_bytes(), "not valid JSON"),
        (b"a,b\n1,\xff\n", "line 2: the file is not UTF-8"),
        (b"<html>502</html>", "no mapping knows these columns"),
        (b"", "no mapping knows these columns"),
    ] {
        let declared = &Declared::default();
        let now = Timestamp::default();
        let mut ledger = Ledger::new(&mappings);
        ledger.read(&Export { path: "x", bytes, now, declared });
        let records = ledger.finish();
        let [Record::Coverage(c)] = &records[..] else { panic!("{records:?}") };
        assert!(!c.complete && c.why.as_deref().is_some_and(|w| w.contains(why)), "{c:?}");
    }
}
