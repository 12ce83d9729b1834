#include "app/translations.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>
#include <QTranslator>

namespace desktop {

void install_translations(QCoreApplication& application) {
    const auto install = [&application](const QLocale& locale, const QString& name,
                                        const QString& folder) {
        auto* translator = new QTranslator(&application);
        if (translator->load(locale, name, QStringLiteral("_"), folder))
            QCoreApplication::installTranslator(translator);
    };
    const auto own = QStringLiteral("thumbjobs-desktop");
    const auto folder = QStringLiteral(":/translations");
    // The last one installed is asked first: English is what is left.
    install(QLocale(QLocale::English), own, folder);
    install(QLocale(), QStringLiteral("qtbase"),
            QLibraryInfo::path(QLibraryInfo::TranslationsPath));
    install(QLocale(), own, folder);
}

} // namespace desktop
