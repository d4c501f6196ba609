//! Applications: manifests in which they ask for permissions, and proxies in front of them.

mod android;
mod apple;
mod extension;
mod proxy;
mod proxy_read;
mod sandbox;
mod scopes;
mod shell;
mod traefik;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[
    &android::MANIFEST,
    &android::NETWORK,
    &apple::ENTITLEMENTS,
    &apple::INFO,
    &extension::EXTENSION,
    &shell::TAURI,
    &shell::CAPACITOR,
    &scopes::SCOPES,
    &sandbox::DENO,
    &sandbox::FLATPAK,
    &sandbox::SNAP,
    &proxy::NGINX,
    &proxy::APACHE,
    &proxy::CADDY,
    &traefik::TRAEFIK,
];
