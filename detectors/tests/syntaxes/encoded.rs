//! Credentials behind an encoding.

use super::{Case, case};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    case("base64", "a.txt", "blob ‹base64:token=‹t›\n›\n", "blob ‹base64:token=none of your business at all\n›\n"),
    case("base64 twice", "a.txt", "blob ‹base64:‹base64:token=‹t›››\n", "blob ‹base64:‹base64:token=none of your business at all››\n"),
    case("base64 of gzip", "a.txt", "blob ‹base64-gz:token=‹t››\n", "blob ‹base64-gz:token=none of your business at all›\n"),
    case("base64 of UTF-16", "a.ps1", "powershell -EncodedCommand ‹base64-16:$password = '‹p›'›\n", "powershell -EncodedCommand ‹base64-16:Get-ChildItem -Path C:\\›\n"),
    case("hexadecimal", "a.txt", "blob ‹hex:token=‹t››\n", "blob ‹hex:token=none of your business at all›\n"),
    case("percent", "a.txt", "x=‹percent:‹t››\n", "x=‹percent:none of your business›\n"),
    case("Unicode escapes", "a.js", "var x = \"‹u:‹t››\";\n", "var x = \"‹u:none of your business›\";\n"),
    case("hexadecimal escapes", "a.js", "var x = \"‹x:‹t››\";\n", "var x = \"‹x:none of your business›\";\n"),
    case("HTML entities", "a.html", "<p>‹entities:‹t››</p>\n", "<p>‹entities:none of your business›</p>\n"),
    case("assignment in base64", "user-data.txt", "UserData: ‹base64:#!/bin/bash\nexport DB_PASSWORD=‹p›\n›\n", "UserData: ‹base64:#!/bin/bash\nexport DB_PASSWORD=$1\n›\n"),
];
