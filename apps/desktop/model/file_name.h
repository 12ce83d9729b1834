#pragma once

#include <QDate>
#include <QString>

#include <functional>
#include <optional>
#include <vector>

namespace desktop {

/// A name that is safe as one file name on any system, whatever a server or an image's maker put
/// into it: no folders, no control characters, nothing reserved, not hidden, at most 200 bytes of
/// UTF-8. Never empty.
QString safe_file_name(const QString& name);

/// `.jpg` for image/jpeg, ...; `.bin` for what is none of ours. Never taken from a server's name.
QString extension_of(const QString& media_type);

/// What a file to be saved is named after.
struct NameFields {
    QString name{}; ///< Of the original; its extension is cut off.
    QString rendition{};
    int width = 0;
    int height = 0;
    int index = 1; ///< Counts the files of one saving, from 1.
    QString id{};  ///< Of the job.
    QDate date{};
    QString media_type{};
};

/// How saved files are named: text with fields in braces, such as `{name}-{rendition}{ext}`.
/// Fields: {name} {rendition} {width} {height} {index} {date} {id} {ext}; {index:4} fills up with
/// zeros to four digits; {{ and }} are braces. Where {ext} is missing, it is put at the end.
class NamePattern {
public:
    /// `{name}-{rendition}.{ext}`
    static NamePattern standard();

    /// Nothing if the text is no pattern; `fault` then says why.
    static std::optional<NamePattern> parse(const QString& text, QString* fault = nullptr);

    /// One safe file name.
    QString expand(const NameFields& fields) const;

    QString text() const { return text_; }

private:
    enum class Field { literal, name, rendition, width, height, index, date, id, ext };
    struct Part {
        Field field = Field::literal;
        QString text{};
        int digits = 0;
    };

    static QString value(const Part& part, const NameFields& fields);

    QString text_;
    std::vector<Part> parts_;
};

} // namespace desktop
