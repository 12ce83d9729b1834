#pragma once

class QWidget;

namespace desktop {

/// Opens the About box; there is one at most.
void show_about(QWidget* parent);

} // namespace desktop
