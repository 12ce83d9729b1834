#include "config/config.h"
#include "config/package_texts.h"
#include "config/print.h"
#include "config/values.h"

#include <QTemporaryDir>
#include <QTest>

#include <fstream>
#include <sstream>

using namespace thumbd;
using std::chrono::milliseconds;

namespace {

Config load(std::vector<std::string> arguments, Environment environment = {}) {
    return load_config(arguments, environment);
}

/// The message of the ConfigError, or nothing.
QString refusal(const std::vector<std::string>& arguments, const Environment& environment = {}) {
    try {
        load(arguments, environment);
    } catch (const ConfigError& error) {
        return QString::fromStdString(error.what());
    }
    return {};
}

std::string write_file(const QTemporaryDir& directory, const std::string& text) {
    const auto path = directory.filePath("thumbd.conf").toStdString();
    std::ofstream(path) << text;
    return path;
}

} // namespace

class ConfigTest : public QObject {
    Q_OBJECT

private slots:
    void defaults_are_those_of_the_table() {
        const auto settings = load({"--data-dir", "/data"}).settings;
        QCOMPARE(settings.listen, (Endpoint{"127.0.0.1", 8080}));
        QCOMPARE(settings.max_upload_bytes, 64LL << 20);
        QCOMPARE(settings.max_pixels, 100'000'000LL);
        QCOMPARE(settings.lease, milliseconds(30'000));
        QVERIFY(!settings.retention);
        QVERIFY(settings.originals == thumbjobs::Originals::keep);
        QVERIFY(settings.role == Role::all);
        QVERIFY(settings.workers >= 1);
        QCOMPARE(settings.store, thumbjobs::EngineOptions::in_directory("/data").store);
        QCOMPARE(settings.storage, thumbjobs::EngineOptions::in_directory("/data").storage);
        QCOMPARE(settings.spool_dir, std::string("/data"));
    }

    void every_default_is_accepted() {
        for (const auto& option : option_table()) {
            Settings settings;
            option.assign(settings, option.fallback.empty() && option.name == "listen"
                                        ? std::string_view("127.0.0.1:0")
                                        : option.fallback);
        }
    }

    void flags_win_over_the_environment_and_that_over_the_file() {
        const QTemporaryDir directory;
        const auto file = write_file(directory, "# a comment\nlease = 10s\nworkers=3 # three\n"
                                                "\nmax-queued = 7\n");
        const Environment environment{{"THUMBD_LEASE", "20s"}, {"THUMBD_WORKERS", "4"}};
        const auto config = load({"--config", file, "--workers=5", "--data-dir=/d"}, environment);
        QCOMPARE(config.settings.workers, 5);
        QCOMPARE(config.settings.lease, milliseconds(20'000));
        QCOMPARE(config.settings.max_queued, 7LL);
        for (const auto& value : config.values) {
            if (value.option->name == "workers")
                QVERIFY(value.origin == Origin::flag);
            if (value.option->name == "lease")
                QVERIFY(value.origin == Origin::environment);
            if (value.option->name == "max-queued")
                QVERIFY(value.origin == Origin::file);
            if (value.option->name == "listen")
                QVERIFY(value.origin == Origin::fallback);
        }
        // The environment can name the file, too.
        QCOMPARE(load({}, {{"THUMBD_CONFIG", file}, {"THUMBD_DATA_DIR", "/d"}}).settings.workers,
                 3);
    }

    void the_last_flag_wins_and_switches_need_no_value() {
        const auto settings =
            load({"--data-dir=/d", "--lease=5s", "--lease", "6s", "--insecure"}).settings;
        QCOMPARE(settings.lease, milliseconds(6'000));
        QVERIFY(settings.insecure);
        QVERIFY(!load({"--data-dir=/d", "--insecure=false"}).settings.insecure);
    }

    void faults_are_one_clear_line_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("expected");
        QTest::newRow("unknown") << QStringList{"--lisen", "x"} << "did you mean --listen?";
        QTest::newRow("unknown, far") << QStringList{"--frobnicate"} << "unknown option";
        QTest::newRow("positional") << QStringList{"serve"} << "unexpected argument \"serve\"";
        QTest::newRow("no value") << QStringList{"--lease"} << "--lease needs a value";
        QTest::newRow("range") << QStringList{"--lease", "2h"} << "takes 1s to 1h";
        QTest::newRow("no unit") << QStringList{"--lease", "30"} << "\"30\" is not accepted";
        QTest::newRow("size") << QStringList{"--max-upload-bytes", "64MB"} << "\"64MB\"";
        QTest::newRow("negative") << QStringList{"--max-queued", "-1"} << "0 or more";
        QTest::newRow("choice") << QStringList{"--role", "boss"} << "all, api or worker";
        QTest::newRow("port") << QStringList{"--listen", "127.0.0.1:70000"} << "a port";
        QTest::newRow("host") << QStringList{"--listen", "nowhere:1"} << "an IP address";
        QTest::newRow("open") << QStringList{"--listen", "0.0.0.0:1"} << "--insecure";
        QTest::newRow("half TLS") << QStringList{"--tls-cert", "x"} << "--tls-key";
        QTest::newRow("file") << QStringList{"--config", "/nonexistent"} << "cannot read";
        QTest::newRow("flag") << QStringList{"--insecure=maybe"} << "true or false";
    }
    void faults_are_one_clear_line() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, expected);
        std::vector<std::string> words{"--data-dir=/d"};
        for (const auto& argument : arguments)
            words.push_back(argument.toStdString());
        const auto message = refusal(words);
        QVERIFY2(message.contains(expected), qPrintable(message));
        QVERIFY(!message.contains('\n'));
    }

    void unknown_variables_and_keys_are_refused() {
        QVERIFY(refusal({}, {{"THUMBD_WORKER", "2"}}).contains("did you mean THUMBD_WORKERS?"));
        QVERIFY(refusal({}, {{"THUMBD_workers", "2"}}).contains("unknown environment variable"));
        const QTemporaryDir directory;
        const auto message = refusal({"--config", write_file(directory, "\nworker = 2\n")});
        QVERIFY2(message.contains(":2: unknown key \"worker\"; did you mean workers?"),
                 qPrintable(message));
        QVERIFY(refusal({"--config", write_file(directory, "just text\n")})
                    .contains("expected `key = value`"));
        QVERIFY(refusal({"--config", write_file(directory, "lease=1s\nlease=2s\n")})
                    .contains("was given before"));
        QVERIFY(
            refusal({"--config", write_file(directory, "lease = 99h\n")}).contains(":1: lease"));
    }

    void secrets_are_not_shown() {
        const auto config = load({"--data-dir=/d", "--store=redis://user:hunter2@host/1"});
        QVERIFY(!QString::fromStdString(config_text(config)).contains("hunter2"));
        QVERIFY(!refusal({"--store", "redis://u:hunter2@h", "--lease=0"}).contains("hunter2"));
    }

    void the_durability_of_redis_becomes_part_of_its_url() {
        const auto config = [](const std::string& store) {
            return load({"--data-dir=/d", "--redis-durability=aof", "--store=" + store});
        };
        QCOMPARE(config("redis://host").settings.store, std::string("redis://host?durability=aof"));
        QCOMPARE(config("redis+sentinel://host?master=m").settings.store,
                 std::string("redis+sentinel://host?master=m&durability=aof"));
        QVERIFY(refusal({"--redis-durability=aof", "--store=memory:"}).contains("in Redis"));
        QVERIFY(refusal({"--redis-durability=sometimes"}).contains("async, aof or replica"));
    }

    void the_printed_configuration_can_be_read_back() {
        const QTemporaryDir directory;
        const auto config = load({"--data-dir=/d", "--lease=45s", "--public-host=a.example"});
        const auto file = write_file(directory, config_text(config));
        const auto again = load({"--config", file});
        QCOMPARE(again.settings.lease, milliseconds(45'000));
        QCOMPARE(again.settings.public_hosts, std::vector<std::string>{"a.example"});
        QCOMPARE(again.settings.store, config.settings.store);
    }

    void help_names_every_option() {
        const auto help = QString::fromStdString(help_text());
        for (const auto& option : option_table())
            QVERIFY2(help.contains("--" + QString::fromStdString(std::string(option.name))),
                     std::string(option.name).c_str());
    }

    void the_file_to_begin_with_shows_the_defaults() {
        std::istringstream text(config_file());
        std::string settings;
        for (std::string line; std::getline(text, line);) {
            QVERIFY2(line.empty() || line.front() == '#', line.c_str());
            QVERIFY2(line.size() <= 100, line.c_str());
            // `#name = value`, while explanations begin with `# `.
            if (line.size() > 1 && line[1] != ' ')
                settings += line.substr(1) + '\n';
        }
        const auto entries = parse_config_text(settings, "thumbd.conf");
        QCOMPARE(entries.size(), option_table().size());
        for (std::size_t i = 0; i < entries.size(); ++i) {
            QCOMPARE(entries[i].key, std::string(option_table()[i].name));
            QCOMPARE(entries[i].value, std::string(option_table()[i].fallback));
        }
    }

    void man_page_and_completion_name_every_option() {
        const auto page = QString::fromStdString(man_page());
        const auto completion = QString::fromStdString(bash_completion());
        for (const auto& option : option_table()) {
            const auto name = QString::fromStdString("--" + std::string(option.name));
            QVERIFY2(completion.contains(name + ' ') || completion.contains(name + '\''),
                     qPrintable(name));
            QVERIFY2(page.contains("\\fB" + QString(name).replace("-", "\\-") + "\\fR"),
                     qPrintable(name));
        }
        QVERIFY(completion.contains("-W 'all api worker'"));
    }

    void the_documentation_is_up_to_date() {
        std::ifstream stream(PROJECT_DOCS "/configuration.md");
        std::stringstream text;
        text << stream.rdbuf();
        // After a change: thumbd --print-config-docs > docs/configuration.md
        QCOMPARE(QString::fromStdString(text.str()), QString::fromStdString(config_docs()));
    }

    void values() {
        QCOMPARE(parse_size("64MiB").value(), 64LL << 20);
        QCOMPARE(parse_size("17").value(), 17LL);
        QVERIFY(!parse_size("9223372036854775807KiB"));
        QVERIFY(!parse_size("MiB"));
        QVERIFY(!parse_size("-1"));
        QCOMPARE(format_size(64LL << 20), std::string("64MiB"));
        QCOMPARE(format_size(1025), std::string("1025"));
        QCOMPARE(parse_endpoint("[::1]:80").value(), (Endpoint{"::1", 80}));
        QCOMPARE(parse_endpoint("localhost:0").value(), (Endpoint{"127.0.0.1", 0}));
        QVERIFY(!parse_endpoint("::1:80"));
        QVERIFY(!parse_endpoint("127.0.0.1"));
        QVERIFY(is_loopback({"127.8.0.1", 1}));
        QVERIFY(is_loopback({"::1", 1}));
        QVERIFY(!is_loopback({"0.0.0.0", 1}));
        QVERIFY(!is_loopback({"::", 1}));
        QVERIFY(!parse_integer("1 "));
        QVERIFY(!parse_integer("+1"));
        QVERIFY(!parse_integer("99999999999999999999"));
    }
};

QTEST_GUILESS_MAIN(ConfigTest)
#include "config_test.moc"
