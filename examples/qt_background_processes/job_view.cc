#include "examples/qt_background_processes/job_view.h"

#include <QAccessible>
#include <QFontMetrics>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QPalette>
#include <QRect>
#include <QStyleOptionViewItem>
#include <QStyledItemDelegate>
#include <algorithm>

#include "examples/qt_background_processes/state_colours.h"

namespace background_jobs {
namespace {

class state_delegate final : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

 protected:
  void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
    QStyledItemDelegate::initStyleOption(option, index);
    const auto colours =
        colours_of(static_cast<offstage::future_state>(index.data(job_table::state_role).toInt()));
    option->backgroundBrush = colours.background;
    option->palette.setColor(QPalette::Highlight, colours.selected);
    for (const auto role : {QPalette::Text, QPalette::HighlightedText}) {
      option->palette.setColor(role, colours.text);
    }
  }
};

}  // namespace

job_view::job_view(job_table& jobs) {
  setModel(&jobs);
  setItemDelegate(new state_delegate(this));
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setSelectionMode(QAbstractItemView::ExtendedSelection);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setTabKeyNavigation(false);
  setWordWrap(false);
  setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
  setAccessibleName(QStringLiteral("Jobs"));

  // Sizes that follow from the font: looking at ten thousand rows for them would take its time.
  const QFontMetrics metrics(font());
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  verticalHeader()->setDefaultSectionSize(metrics.height() + 6);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setStretchLastSection(true);
  const int width = metrics.horizontalAdvance(QStringLiteral("1000000")) + 24;
  setColumnWidth(job_table::number_column, width);
  setColumnWidth(job_table::input_column, width);
}

std::vector<int> job_view::selected_rows() const {
  std::vector<int> rows;
  for (const auto& range : selectionModel()->selection()) {
    for (int row = range.top(); row <= range.bottom(); ++row) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

void job_view::dataChanged(const QModelIndex& first, const QModelIndex& last,
                           const QVector<int>& roles) {
  // What Qt does here paints all that is shown as soon as more than one cell has changed.
  static_cast<void>(roles);
  const auto* const rows = verticalHeader();
  const int top = rowViewportPosition(first.row());
  const int bottom = rowViewportPosition(last.row()) + rows->sectionSize(last.row());
  viewport()->update(QRect(0, top, viewport()->width(), bottom - top));
  if (QAccessible::isActive()) {
    QAccessibleTableModelChangeEvent event(this, QAccessibleTableModelChangeEvent::DataChanged);
    event.setFirstRow(first.row());
    event.setFirstColumn(first.column());
    event.setLastRow(last.row());
    event.setLastColumn(last.column());
    QAccessible::updateAccessibility(&event);
  }
}

}  // namespace background_jobs
