//! Scripts, command lines, container files.

use super::{Case, case};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    case("export", "run.sh", "export DB_PASSWORD=‹p›\n", "export DB_PASSWORD=$(cat /run/secrets/db)\n"),
    case("export quoted", "run.sh", "export DB_PASSWORD=\"‹p›\"\n", "export DB_PASSWORD=\"${1}\"\n"),
    case("default of a variable", "run.sh", "PASSWORD=${PASSWORD:-‹p›}\n", "PASSWORD=${PASSWORD:-}\n"),
    case("variable before a command", "run.sh", "PGPASSWORD=‹p› psql -h db1 -U app\n", "PGPASSWORD=$PW psql -h db1 -U app\n"),
    case("Windows batch", "run.bat", "set DB_PASSWORD=‹p›\r\n", "set DB_PASSWORD=%1\r\n"),
    case("PowerShell variable", "run.ps1", "$env:DB_PASSWORD = '‹p›'\n", "$env:DB_PASSWORD = $secret\n"),
    case("PowerShell secure string", "run.ps1", "$p = ConvertTo-SecureString \"‹p›\" -AsPlainText -Force\n", "$p = ConvertTo-SecureString $env:PW -AsPlainText -Force\n"),
    case("Dockerfile ENV", "Dockerfile", "ENV DB_PASSWORD ‹p›\n", "ENV DB_PASSWORD_FILE /run/secrets/db\n"),
    case("Dockerfile ENV with =", "Dockerfile", "ENV DB_USER=app DB_PASSWORD=‹p›\n", "ENV DB_USER=app DB_PASSWORD=$PW\n"),
    case("Dockerfile ARG", "Dockerfile", "ARG API_TOKEN=‹p›\n", "ARG API_TOKEN\n"),
    case("long flag", "run.sh", "tool login --username ci --password ‹p› --quiet\n", "tool login --username ci --password-stdin --quiet\n"),
    case("long flag with =", "run.sh", "tool login --password=‹p›\n", "tool login --password=$PASSWORD\n"),
    case("long flag quoted", "run.sh", "tool login --password '‹p›'\n", "tool login --password \"$PASSWORD\"\n"),
    case("short flag of docker login", "run.sh", "docker login -u ci -p ‹p› registry.acme.io\n", "docker login -u ci -p $PASSWORD registry.acme.io\n"),
    case("mysql -p", "backup.sh", "mysqldump -u root -p‹p› shop > shop.sql\n", "mysqldump -u root -p shop > shop.sql\n"),
    case("sshpass", "run.sh", "sshpass -p '‹p›' ssh app@web1\n", "sshpass -e ssh app@web1\n"),
    case("curl user", "run.sh", "curl -s -u app:‹p› https://api.acme.io/\n", "curl -s -u \"$USER:$PASS\" https://api.acme.io/\n"),
    case("curl header", "run.sh", "curl -H 'Authorization: Basic ‹base64:app:‹p››' https://api.acme.io/\n", "curl -H \"Authorization: Basic $AUTH\" https://api.acme.io/\n"),
    case("curl form", "run.sh", "curl -d 'user=app&password=‹p›' https://api.acme.io/login\n", "curl -d \"user=app&password=$PW\" https://api.acme.io/login\n"),
    case("redis-cli -a", "run.sh", "redis-cli -h cache1 -a ‹p› ping\n", "redis-cli -h cache1 -a $PW ping\n"),
    case("ldapsearch -w", "run.sh", "ldapsearch -D cn=app,dc=acme -w ‹p› uid=x\n", "ldapsearch -D cn=app,dc=acme -W uid=x\n"),
    case("az login", "run.sh", "az login --service-principal -u app -p ‹p› --tenant acme\n", "az login --identity\n"),
    case("helm --set", "run.sh", "helm install pg bitnami/postgresql --set auth.postgresPassword=‹p›\n", "helm install pg bitnami/postgresql --set auth.existingSecret=pg\n"),
    case("kubectl from literal", "run.sh", "kubectl create secret generic db --from-literal=password=‹p›\n", "kubectl create secret generic db --from-file=password=./pw\n"),
    case("net use", "mount.bat", "net use Z: \\\\files\\share ‹p› /user:ACME\\app\r\n", "net use Z: \\\\files\\share * /user:ACME\\app\r\n"),
    case("openssl passin", "run.sh", "openssl rsa -in k.pem -passin pass:‹p›\n", "openssl rsa -in k.pem -passin env:PASS\n"),
    case("chpasswd", "run.sh", "echo 'root:‹p›' | chpasswd\n", "echo \"root:$PW\" | chpasswd\n"),
    case("echo to stdin", "run.sh", "echo ‹p› | docker login -u ci --password-stdin\n", "echo $PW | docker login -u ci --password-stdin\n"),
    case("systemd environment", "app.service", "[Service]\nEnvironment=\"DB_PASSWORD=‹p›\"\n", "[Service]\nEnvironmentFile=/etc/app.env\n"),
    case("Makefile", "Makefile", "DB_PASSWORD ?= ‹p›\n", "DB_PASSWORD ?= $(shell pass db)\n"),
    case("Vagrantfile", "Vagrantfile", "config.ssh.password = \"‹p›\"\n", "config.ssh.password = ENV['PW']\n"),
    case("history", ".bash_history", "ls\nmysql -h db1 -u root -p‹w› shop\n", "ls\nmysql -h db1 -u root -p shop\n"),
];
