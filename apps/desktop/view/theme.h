#pragma once

#include <thumbjobs/job.h>

#include <QColor>
#include <QFont>
#include <QPalette>
#include <QString>

class QDialogButtonBox;

/// Distances, colours and the choice of light or dark: what all views have in common. Colours are
/// taken from the palette that they are drawn on, so both themes of a system work.
namespace desktop {

/// The grid that everything is laid out on, in device-independent pixels.
inline constexpr int grid = 8;

/// Whether text is lighter than what is behind it.
bool is_dark(const QPalette& palette);

/// What a state is drawn in: readable as text on `palette`'s base and window (contrast of 4.5 or
/// more on the palettes of this program).
QColor state_colour(thumbjobs::JobState state, const QPalette& palette);

/// Text of second rank: file sizes, captions.
QColor quiet_text(const QPalette& palette);

/// Hairlines between parts.
QColor hairline(const QPalette& palette);

/// The surface of chips, tiles and charts, a little off the window's.
QColor raised_surface(const QPalette& palette);

/// `amount` (0 to 1) of `over` on top of `under`.
QColor blend(const QColor& under, const QColor& over, qreal amount);

/// The relative luminance contrast of WCAG 2, 1 to 21.
qreal contrast(const QColor& first, const QColor& second);

/// Buttons of dialogs without the style's own pictures, which go with no theme of ours, and in our
/// words, since Qt's translations may not be installed.
void dress_buttons(QDialogButtonBox& buttons);

/// The font of captions: one step smaller than `font`.
QFont caption_font(const QFont& font);

/// `font` at the weight of a heading.
QFont heading_font(const QFont& font);

/// The user's wish; `system` follows the desktop.
enum class Appearance { system, light, dark };

QString to_setting(Appearance appearance);
Appearance appearance_from_setting(const QString& text);

/// Palettes for where the system offers none of the wanted kind. They go with the Fusion style.
QPalette light_palette();
QPalette dark_palette();

/// Gives the app a palette, and the boxes and rings of options one in which they are to be seen.
void apply_palette(const QPalette& palette);

} // namespace desktop
