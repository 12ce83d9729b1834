#pragma once

class QCoreApplication;

namespace desktop {

/// Lets the application speak the user's language, where there is a translation; plural forms are
/// right in English as well.
void install_translations(QCoreApplication& application);

} // namespace desktop
