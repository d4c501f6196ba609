//! Machines: services, root rights, log-ins, mandatory access control, what starts by itself.

mod firewall;
mod lsm;
mod pam;
mod polkit;
mod ssh;
mod startup;
mod sudo;
mod systemd;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[
    &systemd::UNITS,
    &sudo::SUDOERS,
    &sudo::DOAS,
    &polkit::POLKIT,
    &pam::PAM,
    &ssh::SERVER,
    &ssh::CLIENT,
    &ssh::KEYS,
    &lsm::APPARMOR,
    &lsm::SELINUX,
    &lsm::SECCOMP,
    &firewall::FIREWALL,
    &startup::CRON,
    &startup::LAUNCHD,
];
