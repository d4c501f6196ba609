//! Actions of AWS: which of them are a way to more power, which write, and which only read.

use crate::finding::Severity;

/// Actions with which whoever has them gives himself more. Lower-case; a pattern that holds one of them counts as well.
const ESCALATES: [&str; 29] = [
    "iam:passrole",
    "iam:putrolepolicy",
    "iam:putuserpolicy",
    "iam:putgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:attachgrouppolicy",
    "iam:createpolicyversion",
    "iam:setdefaultpolicyversion",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:updateloginprofile",
    "iam:updateassumerolepolicy",
    "iam:addusertogroup",
    "iam:deleterolepermissionsboundary",
    "iam:deleteuserpermissionsboundary",
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "lambda:updatefunctioncode",
    "lambda:updatefunctionconfiguration",
    "ec2:modifyinstanceattribute",
    "ssm:sendcommand",
    "ssm:startsession",
    "glue:updatedevendpoint",
    "cloudformation:setstackpolicy",
    "kms:putkeypolicy",
    "kms:creategrant",
    "organizations:leaveorganization",
];
/// Reads that are the data itself.
const DATA: [&str; 5] =
    ["s3:getobject", "secretsmanager:getsecretvalue", "ssm:getparameter", "dynamodb:scan", "kms:decrypt"];
/// How the names of actions begin that change nothing.
const READS: [&str; 9] = ["get", "list", "describe", "head", "view", "lookup", "search", "batchget", "query"];

/// How bad it is to gain `action` (lower-case, with wildcards), on everything or on something named.
pub(super) fn severity(action: &str, is_everywhere: bool) -> Severity {
    let Some((service, name)) = action.split_once(':') else {
        return if action.starts_with('*') { Severity::Critical } else { Severity::Medium };
    };
    let holds = |list: &[&str]| list.iter().any(|known| super::holds(action, known));
    let worse = |everywhere, named| if is_everywhere { everywhere } else { named };
    if service == "*" || matches!(service, "iam" | "organizations" | "kms") && name == "*" {
        return worse(Severity::Critical, Severity::High);
    }
    if holds(&ESCALATES) {
        return worse(Severity::Critical, Severity::High);
    }
    if holds(&DATA) {
        return worse(Severity::High, Severity::Medium);
    }
    if READS.iter().any(|read| name.starts_with(read)) {
        return Severity::Low;
    }
    worse(Severity::High, Severity::Medium)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale() {
        for (action, everywhere, expected) in [
            ("*", true, Severity::Critical),
            ("iam:*", true, Severity::Critical),
            ("iam:pass*", true, Severity::Critical),
            ("sts:assumerole", false, Severity::High),
            ("s3:getobject", true, Severity::High),
            ("s3:*", true, Severity::High),
            ("s3:putobject", false, Severity::Medium),
            ("ec2:describe*", true, Severity::Low),
        ] {
            assert_eq!(severity(action, everywhere), expected, "{action}");
        }
    }
}
