//! Addresses and connection strings.

use super::{Case, case};

#[rustfmt::skip]
pub(super) const CASES: &[Case] = &[
    case("PostgreSQL URL", "app.yaml", "url: postgres://app:‹p›@db1.acme.io:5432/shop\n", "url: postgres://app:${PW}@db1.acme.io:5432/shop\n"),
    case("PostgreSQL URL, weak", "app.yaml", "url: postgres://app:‹w›@db1.acme.io:5432/shop\n", "url: postgres://user:password@localhost:5432/shop\n"),
    case("PostgreSQL URL, weak, short host", "app.yaml", "url: postgres://app:‹w›@db1/shop\n", "url: postgres://db1/shop\n"),
    case("MySQL URL with driver", "app.py", "engine = create_engine('mysql+pymysql://app:‹p›@db1.acme.io/shop')\n", "engine = create_engine(f'mysql+pymysql://{user}:{pw}@db1.acme.io/shop')\n"),
    case("MongoDB URL", "app.js", "mongoose.connect('mongodb+srv://app:‹p›@c0.abcde.mongodb.net/shop');\n", "mongoose.connect('mongodb+srv://<user>:<password>@c0.abcde.mongodb.net/shop');\n"),
    case("MongoDB URL, weak", "config.json", "{\"uri\": \"mongodb://app:‹w›@mongo1.acme.io:27017/shop\"}", "{\"uri\": \"mongodb://mongo1.acme.io:27017/shop\"}"),
    case("Redis URL without a user", "app.yaml", "url: redis://:‹p›@cache1.acme.io:6379/0\n", "url: redis://cache1.acme.io:6379/0\n"),
    case("AMQP URL", "app.yaml", "url: amqps://app:‹p›@mq1.acme.io/v\n", "url: amqp://guest:guest@localhost/\n"),
    case("SMTP URL", "app.yaml", "dsn: smtp://app:‹p›@smtp.acme.io:587\n", "dsn: smtp://smtp.acme.io:587\n"),
    case("FTP URL", "deploy.sh", "lftp ftp://app:‹p›@files.acme.io\n", "lftp ftp://files.acme.io\n"),
    case("HTTPS URL of a repository", "clone.sh", "git clone https://ci:‹p›@git.acme.io/a.git\n", "git clone https://$USER:$TOKEN@git.acme.io/a.git\n"),
    case("HTTPS URL with a token as the user", "clone.sh", "git clone https://‹t›@github.com/acme/a.git\n", "git clone https://git@github.com/acme/a.git\n"),
    case("proxy URL", "env.sh", "export https_proxy=http://app:‹p›@proxy.acme.io:3128\n", "export https_proxy=http://proxy.acme.io:3128\n"),
    case("pip index URL", "requirements.txt", "--extra-index-url https://ci:‹p›@pypi.acme.io/simple\n", "--extra-index-url https://pypi.acme.io/simple\n"),
    case("percent in a password", "app.yaml", "url: postgres://app:a%40‹p›@db1.acme.io/shop\npassword: ‹p›\n", "url: postgres://app:%s@db1.acme.io/shop\n"),
    case("password in a query", "app.yaml", "url: jdbc:postgresql://db1.acme.io/shop?user=app&password=‹p›\n", "url: jdbc:postgresql://db1.acme.io/shop?user=app&password=${PW}\n"),
    case("password in a query, weak", "app.yaml", "url: jdbc:mysql://db1.acme.io/shop?user=app&password=‹w›\n", "url: jdbc:mysql://db1.acme.io/shop?useSSL=true\n"),
    case("SQL Server JDBC", "app.yaml", "url: jdbc:sqlserver://db1.acme.io;databaseName=shop;user=app;password=‹w›;encrypt=true\n", "url: jdbc:sqlserver://db1.acme.io;databaseName=shop;integratedSecurity=true\n"),
    case("ADO.NET", "appsettings.json", "{\"Default\": \"Server=db1;Database=shop;User Id=app;Password=‹p›;\"}", "{\"Default\": \"Server=db1;Database=shop;Integrated Security=true\"}"),
    case("ADO.NET, weak", "web.config", "<add name=\"x\" connectionString=\"Data Source=db1;Initial Catalog=shop;User ID=app;Password=‹w›\" />", "<add name=\"x\" connectionString=\"Data Source=db1;Initial Catalog=shop;User ID=sa;Password={0}\" />"),
    case("ADO.NET in code, weak", "Db.cs", "var c = new SqlConnection(\"Server=db1.acme.io;Database=shop;Uid=app;Pwd=‹w›;\");\n", "var c = new SqlConnection(\"Server=db1.acme.io;Database=shop;Trusted_Connection=True;\");\n"),
    case("ODBC", "db.py", "pyodbc.connect('DRIVER={SQL Server};SERVER=db1;DATABASE=shop;UID=app;PWD=‹p›')\n", "pyodbc.connect('DRIVER={SQL Server};SERVER=db1;DATABASE=shop;UID=' + u + ';PWD=' + p)\n"),
    case("libpq keywords", "db.py", "psycopg2.connect(\"host=db1 dbname=shop user=app password=‹p›\")\n", "psycopg2.connect(\"host=db1 dbname=shop user=app\")\n"),
    case("Go MySQL DSN", "main.go", "sql.Open(\"mysql\", \"app:‹p›@tcp(db1.acme.io:3306)/shop\")\n", "sql.Open(\"mysql\", user+\":\"+pw+\"@tcp(db1.acme.io:3306)/shop\")\n"),
    case("Oracle thin", "app.properties", "url=jdbc:oracle:thin:app/‹p›@//db1.acme.io:1521/SHOP\n", "url=jdbc:oracle:thin:@//db1.acme.io:1521/SHOP\n"),
    case("sqlplus", "run.sh", "sqlplus app/‹p›@shop @run.sql\n", "sqlplus /nolog @run.sql\n"),
    case("PHP PDO", "db.php", "$db = new PDO('mysql:host=db1;dbname=shop', 'app', '‹p›');\n", "$db = new PDO('mysql:host=db1;dbname=shop', $user, $pass);\n"),
    case("mysqli", "db.php", "$c = mysqli_connect('db1', 'app', '‹p›', 'shop');\n", "$c = mysqli_connect($host, $user, $pass, 'shop');\n"),
    case("Python MySQL positional", "db.py", "MySQLdb.connect('db1', 'app', '‹p›', 'shop')\n", "MySQLdb.connect(host, user, pw, 'shop')\n"),
    case("JDBC getConnection", "Db.java", "DriverManager.getConnection(\"jdbc:mysql://db1/shop\", \"app\", \"‹p›\");\n", "DriverManager.getConnection(url, user, password);\n"),
    case("basic auth call", "client.py", "requests.get(url, auth=('app', '‹p›'))\n", "requests.get(url, auth=(user, password))\n"),
    case("basic auth class", "client.py", "HTTPBasicAuth('app', '‹p›')\n", "HTTPBasicAuth(user, password)\n"),
];
