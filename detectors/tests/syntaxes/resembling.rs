//! What resembles a credential and is none: names of packages, files and algorithms, hashes, salts,
//! ciphertexts, options, sentences.

use super::{Case, case};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    case("release of a package", "tox.ini", "py3.10-gateway-token: ‹p›\n", "py3.10-langchain-notiktoken-v1.3.14: langchain-core==1.5.3\n"),
    case("file in a store of pictures", "response.json", "{\"assetToken\": \"‹p›\"}\n", "{\"assetToken\": \"Purple3/v4/62/f5/61/62f561e0-c576-5a72-3f17-d153a2da711d/pr_source.png\"}\n"),
    case("name of an algorithm", "Aes.java", "newSecretKey(\"‹p›\");\n", "newSecretKey(\"PBKDF2WithHmacSHA256\");\n"),
    case("hash that names its scheme", "Encoder.java", "String userPassword = \"‹p›\";\n", "String userPassword = \"{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6bf3b508fbf17fa4ed4d6b99ca763d8dc\";\n"),
    case("encoded password", "Encoder.java", "String encodedPassword = \"‹p›\";\n", "String encodedPassword = \"3FOwOMcDgxP+z1x/sv184LFY2WVD+ZGMgYP3LPOSmCcDmk1XPYvcCQ==\";\n"),
    case("digest in a test", "tests/users.php", "['password' => '‹p›']\n", "['password' => '0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33']\n"),
    case("ciphertext", "Key.cs", "var userPrivateKey = \"‹p›\";\n", "var userPrivateKey = \"2.AOs41Hd8OQiCPXjyJKCiDA==|O6OHgt2U2hJGBSNGnimJmg==|iD33s8B69C8JhYYhSa4V1tArjvLr8eEaGqOV7BRo5Jk=\";\n"),
    case("key said to be encrypted", "Key.cs", "var masterUserKey = \"‹p›\";\n", "var masterKeyEncryptedUserKey = \"‹p›\";\n"),
    case("salt in a test", "tests/ScramTest.java", "\"authentication-salt=zq7Lw9vTe4xBzq7Lw9vTe4xBzq7Lw9vTe4xB, pass=‹p›\"\n", "\"[name=alice,salt=MWx2NHBkbnc0ZndxN25vdGN4bTB5eTFrN3Eq7]\"\n"),
    case("option of a filter", "Encode.cs", "Run(\"a=b,pass:‹p›\");\n", "Run(\"overlay=eof_action=pass:repeatlast=0\");\n"),
    case("round of several", "Encode.cs", "var ftpPass = \"‹p›\";\n", "var hwScaleFilterFirstPass = \"vpp_rkrga=format=bgra:afbc=1\";\n"),
    case("hole in a text", "Cert.cs", "$\"pass:‹p›\"\n", "$\"pass:{keyConnectorCertPassword}\"\n"),
    case("value of an index", "Setup.cs", "[\"certificatePassword\"] = \"‹p›\",\n", "[\"certificatePassword\"] = _context.Install?.IdentityCertPassword,\n"),
    case("role behind a password", "VoterTest.java", "new Credentials(\"password\", \"‹p›\");\n", "new TestingAuthenticationToken(\"user\", \"password\", \"ROLE_A\");\n"),
    case("password that is checked", "EncoderTest.java", "put(\"password\", \"‹p›\");\n", "encoder.matches(\"password\", \"{salt}ce421738b1c5540836bdc8ff707f1572\");\n"),
    case("keyword of a package", "composer.json", "{\"password\": \"‹p›\"}\n", "{\"keywords\": [\"password\", \"hashing\"]}\n"),
    case("key as the user of a URL", "VonageTest.php", "['apiKey:‹p›']\n", "['vonage://apiKey:@default?from=0611223344']\n"),
    case("token of a signed message", "opens.json", "{\"token\": \"bbb203bc8d6602b6b22e4ce88a074f73fecb68d3a96e9c8318\", \"password\": \"‹p›\"}\n", "{\"signature\": {\"token\": \"bbb203bc8d6602b6b22e4ce88a074f73fecb68d3a96e9c8318\", \"timestamp\": \"1661621752\", \"signature\": \"695c\"}}\n"),
    case("regular expression", "Rfc.php", "$rfcToken = '‹p›';\n", "$rfcToken = '/^[\\x21\\x23-\\x27\\x2A\\x2B\\x2D\\x2E\\x30-\\x39\\x41-\\x5A\\x5E-\\x7E]+$/';\n"),
    case("message", "messages_es.properties", "ldap.password=‹p›\n", "ldap.emptyPassword=Credenciales erroneas\n"),
    case("sentence in a text", "mail.mjml", "password ‹p›\n", "password sharing and protect your data\n"),
    case("block behind a prompt", "cli.rb", "password = '‹p›'\n", "password = options.password || ask('Password: ') { |q| q.echo = '*' }\n"),
    case("word behind identified by", "Search.java", "// CREATE USER a identified by '‹p›'\n", "// searches the tree that is identified by context, if so\n"),
    case("serialised object", "RoleTest.php", "\"password\":\"‹p›\"\n", "'O:74:\"Authentication\\Token\\UsernamePasswordToken\":236:{a:3:{i:0;N;i:1;s:4:\"main\";}}'\n"),
    case("short word", "simple.toml", "rootKey = \"‹p›\"\n", "rootKey = \"traefik\"\n"),
];
