// A small Qt window for the display's own test: a button that squares, a label, a coloured table.
// Its exit code is 40 and the number of squares, so that no other failure looks like it.

#include <QApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

int main(int argc, char** argv) {
  QApplication application{argc, argv};
  QWidget window;
  window.setWindowTitle("Squares in Qt");
  QLineEdit input;
  input.setAccessibleName("Number");
  QPushButton button{"Square"};
  QLabel label{"nothing yet"};
  QTableWidget table{0, 2};
  table.setHorizontalHeaderLabels({"Number", "Square"});
  QVBoxLayout layout{&window};
  layout.addWidget(&input);
  layout.addWidget(&button);
  layout.addWidget(&label);
  layout.addWidget(&table);

  const auto square = [&] {
    const int number = input.text().toInt();
    const QString result = QString::number(number * number);
    label.setText(result);
    const int row = table.rowCount();
    table.insertRow(row);
    table.setItem(row, 0, new QTableWidgetItem{input.text()});
    auto* item = new QTableWidgetItem{result};
    item->setBackground(QColor{0x90, 0xEE, 0x90});
    table.setItem(row, 1, item);
  };
  QObject::connect(&button, &QPushButton::clicked, &window, square);
  QObject::connect(&input, &QLineEdit::returnPressed, &window, square);

  window.resize(420, 320);
  window.show();
  const int code = QApplication::exec();
  return code == 0 ? 40 + table.rowCount() : code;
}
