//! Generic credentials: what a telling name is given is found in every syntax, at its exact place, and nothing else is.

use crate::support::{Dir, made, token};

/// A password as people choose them; in parts, so that this file holds none.
fn chosen() -> String {
    ["Thunder", "2019", "!x"].concat()
}

fn random(seed: u64) -> String {
    made("{alnum:32}", seed)
}

/// Writes `template` with `@` replaced by the value, scans, and wants one finding that starts where the `@` stood.
fn finds_at_mark(file: &str, template: &str, value: &str, rule: &str) {
    let dir = Dir::plain();
    dir.write(file, template.replace('@', value));
    let report = dir.report(&["scan", "--fail-on", "medium"]);
    let before = &template[..template.find('@').unwrap()];
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.len() - before.rfind('\n').map_or(0, |i| i + 1);
    report.finds(&[&format!("{file}:{line}:{column} {rule}")]);
    assert_eq!(report.value["findings"][0]["secret"]["length"], value.len(), "{template}");
    report.outcome.hides(value);
}

#[test]
fn passwords_are_found_in_every_syntax() {
    for (file, template) in [
        ("app.py", "db = connect(user=\"ann\", password=\"@\")\n"),
        ("settings.py", "DATABASES = {'default': {'PASSWORD': '@'}}\n"),
        ("main.go", "cfg := Config{\n\tPassword: \"@\",\n}\n"),
        ("main.rs", "const DB_PASSWORD: &str = \"@\";\n"),
        ("App.java", "private static final String DB_PASSWORD = \"@\";\n"),
        ("app.ts", "const password: string = '@';\n"),
        ("app.rb", "config.password = '@'\n"),
        ("app.php", "$config['db_password'] = '@';\n"),
        (".env", "DB_PASSWORD=@\n"),
        ("run.sh", "export MYSQL_PASSWORD='@'\n"),
        ("Dockerfile", "FROM debian\nENV POSTGRES_PASSWORD=@\n"),
        ("app.yml", "db:\n  user: ann\n  password: @\n"),
        ("app.properties", "spring.datasource.password=@\n"),
        ("main.tf", "resource \"db\" \"x\" {\n  password = \"@\"\n}\n"),
        ("config.json", "{\"user\": \"ann\", \"password\": \"@\"}\n"),
        ("config.xml", "<user>ann</user>\n<password>@</password>\n"),
        ("notes.md", "Sign in with password: `@`\n"),
    ] {
        finds_at_mark(file, template, &chosen(), "generic-password");
    }
}

#[test]
fn keys_and_tokens_are_found_by_their_names() {
    for (file, template, rule) in [
        ("app.js", "const apiKey = '@';\n", "generic-key"),
        ("curl.md", "curl -H \"Authorization: Bearer @\" https://api.acme.dev/v1\n", "generic-auth"),
        ("urls.txt", "https://api.acme.dev/v1/users?access_token=@&page=2\n", "generic-token"),
        ("app.cfg", "client_secret = @\n", "generic-secret"),
        ("cipher.java", "cipher.setCipherKey(Base64.decode(\"@\"));\n", "generic-key"),
    ] {
        finds_at_mark(file, template, &random(7), rule);
    }
}

#[test]
fn what_stands_for_a_value_is_silent() {
    let dir = Dir::plain();
    for (number, line) in [
        "password = os.environ[\"DB_PASSWORD\"]",
        "password = getpass.getpass()",
        "const password = process.env.DB_PASSWORD;",
        "password: ${DB_PASSWORD}",
        "password: {{ .Values.db.password }}",
        "password: <your password>",
        "password: \"changeme\"",
        "password = \"********\"",
        "password: string;",
        "password: null",
        "\"password\": \"Passwort vergessen?\"",
        "label.password = \"Enter your password\"",
        "password_hash = \"$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUV0123456789\"",
        "password: ENC[AES256_GCM,data:c2VjcmV0,iv:YWJj,tag:ZGVm,type:str]",
        "public_key = \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"",
        "author = \"Anna Musterfrau\"",
        "if password == other.password { return }",
        "foreign_key = \"user_id\"",
        "keyboard = \"qwertz\"",
        "token = \"%s\" % token",
        "f\"Bearer {token}\"",
    ]
    .iter()
    .enumerate()
    {
        for suffix in ["py", "yml", "txt"] {
            dir.write(format!("{number}.{suffix}"), format!("{line}\n"));
        }
    }
    dir.report(&["scan"]).finds(&[]);
}

#[test]
fn examples_tests_and_documents_get_no_pass() {
    let dir = Dir::plain();
    for path in ["docs/setup.md", "tests/test_login.py", "examples/config.yml", "spec/fixtures/app.env"] {
        dir.write(path, format!("db_password = \"{}\"\n", chosen()));
    }
    let report = dir.report(&["scan"]);
    assert_eq!(report.value["findings"].as_array().unwrap().len(), 4);
}

#[test]
fn a_value_in_base64_is_judged_by_what_it_encodes() {
    let dir = Dir::plain();
    let manifest = |value: &str| format!("apiVersion: v1\nkind: Secret\ndata:\n  password: {value}\n");
    dir.write("real.yml", manifest(&base64(chosen().as_bytes())));
    dir.write("placeholder.yml", manifest(&base64(b"changeme")));
    let report = dir.report(&["scan", "--fail-on", "medium"]);
    report.finds(&["real.yml:4:13 generic-password"]);
    report.outcome.hides(&base64(chosen().as_bytes()));
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |sum, b| (sum << 8) | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let is_padding = place > chunk.len();
            let index = (bits >> (18 - 6 * place)) as usize & 63;
            out.push(if is_padding { '=' } else { char::from(ALPHABET[index]) });
        }
    }
    out
}

#[test]
fn where_a_format_speaks_nobody_guesses() {
    let dir = Dir::plain();
    dir.write("real", format!("github_token = {}\n", token(1)));
    let mut forged = token(1);
    let last = if forged.ends_with('a') { "b" } else { "a" };
    forged.replace_range(39.., last);
    dir.write("forged", format!("github_token = {forged}\n"));
    dir.report(&["scan"]).finds(&["real:1:16"]);
}

#[test]
fn a_generic_credential_warns_unless_asked_to_fail() {
    let dir = Dir::plain();
    dir.write("app.yml", format!("password: {}\n", chosen()));
    let report = dir.report(&["scan"]);
    assert_eq!(report.outcome.code, 0);
    let finding = &report.value["findings"][0];
    assert_eq!((finding["severity"].as_str(), finding["confidence"].as_str()), (Some("medium"), Some("medium")));
    assert_eq!(dir.report(&["scan", "--fail-on", "medium"]).outcome.code, 1);
}

#[test]
fn text_that_is_all_names_is_read_to_its_end() {
    let dir = Dir::plain();
    let trap = "password=auth:token,key=".repeat(50_000);
    dir.write("trap", format!("{trap}\ndb_password = \"{}\"\n", chosen()));
    let report = dir.report(&["scan"]);
    assert_eq!(report.outcome.code, 0);
    let found = report.value["findings"].as_array().unwrap();
    assert!(found.iter().any(|f| f["start"]["line"] == 2), "{found:?}");
}
