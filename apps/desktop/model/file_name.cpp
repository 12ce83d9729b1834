#include "model/file_name.h"

#include <QCoreApplication>
#include <QHash>
#include <QSet>

#include <algorithm>

namespace desktop {

namespace {

constexpr int max_bytes = 200; ///< Room is left for " (12)" and for a temporary file's name.
constexpr int max_pattern = 200;
constexpr int max_digits = 9;

struct FileName {
    Q_DECLARE_TR_FUNCTIONS(FileName)
};

bool is_refused(QChar c) {
    if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format ||
        c == QChar::LineSeparator || c == QChar::ParagraphSeparator)
        return true; // with the marks that turn the direction of writing
    return QStringLiteral("/\\:*?\"<>|").contains(c);
}

/// Names of devices on Windows, with any extension.
bool is_reserved(const QString& name) {
    static const QSet<QString> reserved{
        "CON",  "PRN",  "AUX",  "NUL",  "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7",
        "COM8", "COM9", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9"};
    return reserved.contains(name.section(QLatin1Char('.'), 0, 0).trimmed().toUpper());
}

QString without_extension(const QString& name) {
    const auto dot = name.lastIndexOf(QLatin1Char('.'));
    return dot <= 0 || name.size() - dot > 6 ? name : name.left(dot);
}

/// The longest beginning of at most `bytes` of UTF-8 that cuts no character in two.
QString shortened(QString text, int bytes) {
    while (text.toUtf8().size() > bytes) {
        text.chop(1);
        if (!text.isEmpty() && text.back().isHighSurrogate())
            text.chop(1);
    }
    return text;
}

} // namespace

QString safe_file_name(const QString& name) {
    QString safe;
    for (const QChar c : name.normalized(QString::NormalizationForm_C))
        safe += is_refused(c) ? QLatin1Char('_') : c;
    safe = safe.trimmed();
    if (safe.startsWith(QLatin1Char('.')))
        safe[0] = QLatin1Char('_');
    if (is_reserved(safe))
        safe.prepend(QLatin1Char('_'));
    // The extension survives a name that is too long.
    const QString base = without_extension(safe);
    const QString extension = safe.mid(base.size());
    safe = shortened(base, max_bytes - static_cast<int>(extension.toUtf8().size())) + extension;
    while (safe.endsWith(QLatin1Char('.')) || safe.endsWith(QLatin1Char(' ')))
        safe.chop(1);
    return safe.isEmpty() ? QStringLiteral("image") : safe;
}

QString extension_of(const QString& media_type) {
    static const QHash<QString, QString> extensions{
        {"image/jpeg", ".jpg"},  {"image/png", ".png"},     {"image/webp", ".webp"},
        {"image/avif", ".avif"}, {"image/gif", ".gif"},     {"image/tiff", ".tif"},
        {"image/heic", ".heic"}, {"image/svg+xml", ".svg"}, {"application/pdf", ".pdf"},
        {"image/jxl", ".jxl"},   {"image/jp2", ".jp2"},     {"image/bmp", ".bmp"}};
    return extensions.value(media_type, QStringLiteral(".bin"));
}

NamePattern NamePattern::standard() {
    return *parse(QStringLiteral("{name}-{rendition}.{ext}"));
}

std::optional<NamePattern> NamePattern::parse(const QString& text, QString* fault) {
    static const QHash<QString, Field> fields{
        {"name", Field::name},   {"rendition", Field::rendition},
        {"width", Field::width}, {"height", Field::height},
        {"index", Field::index}, {"date", Field::date},
        {"id", Field::id},       {"ext", Field::ext}};
    const auto refuse = [fault](const QString& why) {
        if (fault)
            *fault = why;
        return std::nullopt;
    };
    if (text.trimmed().isEmpty())
        return refuse(FileName::tr("The pattern is empty."));
    if (text.size() > max_pattern)
        return refuse(FileName::tr("The pattern has %1 characters; at most %2 are taken.")
                          .arg(text.size())
                          .arg(max_pattern));
    NamePattern pattern;
    pattern.text_ = text;
    const auto literal = [&pattern](QChar c) {
        if (pattern.parts_.empty() || pattern.parts_.back().field != Field::literal)
            pattern.parts_.push_back({});
        pattern.parts_.back().text += c;
    };
    bool has_extension = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        const bool brace = c == QLatin1Char('{') || c == QLatin1Char('}');
        if (brace && i + 1 < text.size() && text[i + 1] == c) {
            literal(c);
            ++i;
            continue;
        }
        if (c == QLatin1Char('}'))
            return refuse(
                FileName::tr("A \"}\" has no \"{\" before it; a brace itself is written \"}}\"."));
        if (!brace) {
            if (is_refused(c))
                return refuse(FileName::tr("\"%1\" cannot be in a file's name.").arg(c));
            literal(c);
            continue;
        }
        const auto end = text.indexOf(QLatin1Char('}'), i);
        if (end < 0)
            return refuse(FileName::tr("A \"{\" is not closed."));
        const QString inside = text.mid(i + 1, end - i - 1);
        const QString name = inside.section(QLatin1Char(':'), 0, 0);
        const auto field = fields.find(name);
        if (field == fields.end())
            return refuse(
                FileName::tr("There is no field {%1}; there are {name}, {rendition}, {width}, "
                             "{height}, {index}, {date}, {id} and {ext}.")
                    .arg(inside));
        Part part{*field, {}, 0};
        if (inside.contains(QLatin1Char(':'))) {
            bool ok = false;
            part.digits = inside.section(QLatin1Char(':'), 1).toInt(&ok);
            if (!ok || *field != Field::index || part.digits < 1 || part.digits > max_digits)
                return refuse(
                    FileName::tr("{%1} is not understood; {index:4} fills up to 4 digits (1 to 9).")
                        .arg(inside));
        }
        has_extension = has_extension || *field == Field::ext;
        pattern.parts_.push_back(part);
        i = end;
    }
    if (!has_extension) {
        literal(QLatin1Char('.'));
        pattern.parts_.push_back({Field::ext, {}, 0});
    }
    return pattern;
}

QString NamePattern::value(const Part& part, const NameFields& fields) {
    switch (part.field) {
    case Field::literal:
        return part.text;
    case Field::name:
        return without_extension(fields.name);
    case Field::rendition:
        return fields.rendition;
    case Field::width:
        return QString::number(fields.width);
    case Field::height:
        return QString::number(fields.height);
    case Field::index:
        return QString::number(fields.index).rightJustified(part.digits, QLatin1Char('0'));
    case Field::date:
        return fields.date.toString(Qt::ISODate);
    case Field::id:
        return fields.id;
    case Field::ext:
        return extension_of(fields.media_type).mid(1);
    }
    Q_UNREACHABLE();
}

QString NamePattern::expand(const NameFields& fields) const {
    QString name;
    for (const Part& part : parts_)
        name += value(part, fields);
    return safe_file_name(name);
}

} // namespace desktop
