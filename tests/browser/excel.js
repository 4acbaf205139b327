// An Excel in memory for tests. The page runs Microsoft's own office.js: its proxies, its rules of load and sync, its
// requirement sets, CustomFunctions. Only the transport below them is ours: a batch of requests comes in, is carried
// out on the workbook here, and the answers go back.
//
// It is strict: a member that Excel has and this model does not is ApiNotFound, never silently accepted; so is a
// property that nobody may set. Text written into cells is understood the way Excel understands what is typed.
(function () {
  const ask = globalThis.excelToBe; // {name, sheets, names, sets, readOnly} put here by the test

  class ApiError extends Error {
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  }
  const refuse = (code, message) => {
    throw new ApiError(code, message);
  };

  // --- addresses -------------------------------------------------------------------------------------------------
  const letters = (column) => {
    let text = "";
    for (let n = column + 1; n > 0; n = Math.floor((n - 1) / 26)) text = String.fromCharCode(65 + ((n - 1) % 26)) + text;
    return text;
  };
  const number = (text) => [...text].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
  const quoted = (name) => (/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name) ? name : `'${name.replaceAll("'", "''")}'`);
  const CELL = /^\$?([A-Z]{1,3})\$?(\d+)$/;

  function area(text) {
    const [first, last = first] = text.split(":").map((corner) => CELL.exec(corner) ?? refuse("InvalidArgument", text));
    const [top, left] = [Number(first[2]) - 1, number(first[1])];
    return { top, left, rows: Number(last[2]) - top, columns: number(last[1]) - left + 1 };
  }

  // --- what is typed ---------------------------------------------------------------------------------------------
  const DAY = 86_400_000;
  const EPOCH = Date.UTC(1899, 11, 30);
  const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?%?$/i;
  const ISO_DAY = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?$/;
  const TYPED_DAY = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/;

  /** A value as a cell holds it after it was written: text that looks like a number, day or formula becomes one,
   *  unless the cell is formatted as text or the text begins with an apostrophe. */
  function typed(value, format) {
    if (typeof value !== "string") return { v: value };
    if (format === "@") return { v: value };
    if (value.startsWith("'")) return { v: value.slice(1) };
    const link = /^=HYPERLINK\("(?:[^"]|"")+","((?:[^"]|"")+)"\)$/.exec(value);
    if (link) return { f: value, v: link[1].replaceAll('""', '"') };
    if (value.startsWith("=") && value.length > 1) return { f: value, v: 0 };
    if (NUMBER.test(value.trim())) {
      const plain = Number(value.trim().replace("%", ""));
      return value.trim().endsWith("%") ? { v: plain / 100, nf: "0%" } : { v: plain };
    }
    const iso = ISO_DAY.exec(value);
    const day = TYPED_DAY.exec(value);
    if (iso || day) {
      const [y, m, d] = iso ? iso.slice(1, 4) : [day[3], day[2], day[1]]; // a Vietnamese Excel: day before month
      const time = iso?.[4] ? (Number(iso[4]) * 3600 + Number(iso[5]) * 60 + Number(iso[6] ?? 0)) / 86_400 : 0;
      return { v: (Date.UTC(Number(y), Number(m) - 1, Number(d)) - EPOCH) / DAY + time, nf: "dd/mm/yyyy" };
    }
    if (/^(true|false)$/i.test(value)) return { v: value.toLowerCase() === "true" };
    return { v: value };
  }

  // --- the model -------------------------------------------------------------------------------------------------
  class Collection {
    constructor(items) {
      this._items = items;
    }
    get Count() {
      return this._items.length;
    }
    GetCount() {
      return this._items.length;
    }
    GetItemAt(index) {
      return this._items[index] ?? refuse("InvalidArgument", `no item ${index}`);
    }
    GetItemOrNullObject(key) {
      return this._items.find((item) => item.Name === key || item.Id === key) ?? null;
    }
    GetItem(key) {
      return this.GetItemOrNullObject(key) ?? refuse("ItemNotFound", `no ${key}`);
    }
  }

  class Formats {
    constructor(range) {
      this.range = range;
    }
    get Fill() {
      return new Fill(this.range);
    }
    get Font() {
      return new Font(this.range);
    }
    AutofitColumns() {}
    AutofitRows() {}
  }
  class Fill {
    constructor(range) {
      this.range = range;
    }
    get Color() {
      return this.range.first("color") ?? "#FFFFFF";
    }
    set Color(value) {
      this.range.put("color", value);
    }
    Clear() {
      this.range.put("color", undefined);
    }
  }
  class Font {
    constructor(range) {
      this.range = range;
    }
  }
  for (const name of ["Bold", "Italic", "Size", "Color", "Name"]) {
    Object.defineProperty(Font.prototype, name, {
      get() {
        return this.range.first(`font${name}`) ?? null;
      },
      set(value) {
        this.range.put(`font${name}`, value);
      },
    });
  }

  class Range {
    constructor(sheet, top, left, rows, columns) {
      if (![top, left, rows, columns].every(Number.isInteger) || top < 0 || left < 0 || rows < 1 || columns < 1) {
        refuse("InvalidArgument", `${top},${left} ${rows}x${columns}`);
      }
      Object.assign(this, { sheet, top, left, rows, columns });
    }
    get local() {
      const [first, last] = [
        letters(this.left) + (this.top + 1),
        letters(this.left + this.columns - 1) + (this.top + this.rows),
      ];
      return first === last ? first : `${first}:${last}`;
    }
    get Address() {
      return `${quoted(this.sheet.Name)}!${this.local}`;
    }
    get RowCount() {
      return this.rows;
    }
    get ColumnCount() {
      return this.columns;
    }
    get RowIndex() {
      return this.top;
    }
    get ColumnIndex() {
      return this.left;
    }
    get Worksheet() {
      return this.sheet;
    }
    get Format() {
      return new Formats(this);
    }
    map(each) {
      return Array.from({ length: this.rows }, (_, row) =>
        Array.from({ length: this.columns }, (_, column) => each(this.top + row, this.left + column, row, column)),
      );
    }
    first(trait) {
      return this.sheet.at(this.top, this.left)[trait];
    }
    put(trait, value) {
      this.map((row, column) => (this.sheet.own(row, column)[trait] = value));
    }
    get Values() {
      return this.map((row, column) => this.sheet.at(row, column).v ?? "");
    }
    set Values(values) {
      this.write(values);
    }
    get Formulas() {
      return this.map((row, column) => this.sheet.at(row, column).f ?? this.sheet.at(row, column).v ?? "");
    }
    set Formulas(values) {
      this.write(values);
    }
    write(values) {
      this.sheet.mayChange(this);
      const fits = Array.isArray(values) && values.length === this.rows && values.every((row) => row.length === this.columns);
      if (!fits) refuse("InvalidArgument", `${values?.length} rows do not fit ${this.local}`);
      this.map((row, column, i, j) => {
        const value = values[i][j];
        if (value === null) return; // Excel leaves such a cell as it is
        const cell = this.sheet.own(row, column);
        delete cell.f;
        delete cell.v;
        if (value === "") return;
        const { nf, ...content } = typed(value, cell.nf);
        Object.assign(cell, content);
        if (nf && (cell.nf ?? "General") === "General") cell.nf = nf;
      });
      this.sheet.book.writes += 1;
    }
    GetRow(row) {
      if (row < 0 || row >= this.rows) refuse("InvalidArgument", `row ${row} of ${this.local}`);
      return new Range(this.sheet, this.top + row, this.left, 1, this.columns);
    }
    GetBoundingRect(other) {
      const [top, left] = [Math.min(this.top, other.top), Math.min(this.left, other.left)];
      const bottom = Math.max(this.top + this.rows, other.top + other.rows);
      const right = Math.max(this.left + this.columns, other.left + other.columns);
      return new Range(this.sheet, top, left, bottom - top, right - left);
    }
    _ValidateArraySize(rows, columns) {
      if (rows !== this.rows || columns !== this.columns) refuse("InvalidArgument", `${rows}x${columns} in ${this.local}`);
    }
    get NumberFormat() {
      return this.map((row, column) => this.sheet.at(row, column).nf ?? "General");
    }
    set NumberFormat(formats) {
      const one = typeof formats === "string" ? formats : null;
      this.map((row, column, i, j) => (this.sheet.own(row, column).nf = one ?? formats[i][j]));
    }
    Clear(what = "All") {
      this.sheet.mayChange(this);
      this.map((row, column) => {
        const cell = this.sheet.own(row, column);
        for (const trait of Object.keys(cell)) {
          const isContent = trait === "v" || trait === "f";
          if (what === "All" || (what === "Contents") === isContent) delete cell[trait];
        }
      });
      this.sheet.book.writes += 1;
    }
    CopyFrom(source, what, skipBlanks, transpose) {
      if (what.toLowerCase() !== "formats" || skipBlanks || transpose) refuse("ApiNotFound", `Range.CopyFrom(${what})`);
      this.sheet.mayChange(this);
      this.map((row, column) => {
        const from = source.sheet.at(source.top + ((row - this.top) % source.rows), source.left + ((column - this.left) % source.columns));
        const { v, f } = this.sheet.own(row, column);
        const content = Object.fromEntries(Object.entries({ v, f }).filter(([, value]) => value !== undefined));
        const { v: _v, f: _f, ...formats } = from;
        this.sheet.cells.set(`${row},${column}`, { ...formats, ...content });
      });
      this.sheet.book.writes += 1;
    }
    Insert(shift) {
      if (shift !== "Down") refuse("ApiNotFound", `Range.Insert(${shift})`);
      this.sheet.shift(this, this.rows);
      return this;
    }
    Delete(shift) {
      if (shift !== "Up") refuse("ApiNotFound", `Range.Delete(${shift})`);
      this.sheet.shift(this, -this.rows);
    }
    Select() {
      this.sheet.book.selected = this;
      this.sheet.book.active = this.sheet;
    }
  }

  class Column {
    constructor(table, index) {
      Object.assign(this, { table, index });
    }
    get Name() {
      const { sheet, area: at } = this.table;
      return String(sheet.at(at.top, at.left + this.index).v ?? "");
    }
    get Id() {
      return this.index + 1;
    }
    get Index() {
      return this.index;
    }
    get Filter() {
      return new Filter(this);
    }
  }

  class Filter {
    constructor(column) {
      this.column = column;
    }
    Clear() {
      this.column.table.filtered.delete(this.column.index);
    }
  }

  class Sorting {
    constructor(table) {
      this.table = table;
    }
    /** Numbers, then text, then truth values, blanks last, as Excel sorts upwards. */
    Apply(fields, matchCase) {
      if (fields.length !== 1 || !fields[0].ascending || matchCase) refuse("ApiNotFound", "such a sort");
      const { sheet, body } = this.table;
      sheet.mayChange(body);
      const rank = (value) => (value === undefined ? 3 : { number: 0, string: 1, boolean: 2 }[typeof value]);
      const rows = body.map((row, column) => sheet.at(row, column));
      const key = (row) => row[fields[0].key].v;
      const order = (a, b) => rank(key(a)) - rank(key(b)) || (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
      rows.sort(order);
      body.map((row, column, i, j) => sheet.cells.set(`${row},${column}`, rows[i][j]));
      sheet.book.writes += 1;
    }
  }

  class Rows {
    constructor(table) {
      this.table = table;
    }
    get Count() {
      return this.table.body.rows;
    }
  }

  class Table {
    constructor(sheet, { name, ref, totals, style, filter }) {
      Object.assign(this, { sheet, area: area(ref), Name: name, ShowTotals: totals, Style: style, ShowFilterButton: filter });
      Object.assign(this, { ShowHeaders: true, HighlightFirstColumn: false, HighlightLastColumn: false });
      Object.assign(this, { ShowBandedRows: true, ShowBandedColumns: false, Id: `{table ${name}}` });
      this.filtered = new Set();
    }
    range(top, rows) {
      return new Range(this.sheet, top, this.area.left, rows, this.area.columns);
    }
    get body() {
      return this.range(this.area.top + 1, this.area.rows - 1 - (this.ShowTotals ? 1 : 0));
    }
    GetRange() {
      return this.range(this.area.top, this.area.rows);
    }
    GetDataBodyRange() {
      return this.body;
    }
    GetHeaderRowRange() {
      return this.range(this.area.top, 1);
    }
    GetTotalRowRange() {
      return this.ShowTotals ? this.range(this.area.top + this.area.rows - 1, 1) : refuse("ItemNotFound", "no totals");
    }
    get Columns() {
      return new Collection(Array.from({ length: this.area.columns }, (_, index) => new Column(this, index)));
    }
    get Rows() {
      return new Rows(this);
    }
    get Sort() {
      return new Sorting(this);
    }
    Resize(to) {
      const { top, left, rows, columns } = to instanceof Range ? to : this.sheet.GetRange(to);
      if (top !== this.area.top || rows < 2) refuse("InvalidArgument", "a table keeps its header and one row");
      if (this.ShowTotals) refuse("InvalidOperation", "a table with a row of totals is not resized here");
      this.area = { top, left, rows, columns };
      this.sheet.book.writes += 1;
    }
  }

  class Protection {
    constructor(sheet) {
      this.sheet = sheet;
    }
    get Protected() {
      return this.sheet.isProtected;
    }
  }

  class PageLayout {
    constructor(sheet) {
      this.sheet = sheet;
    }
    GetPrintAreaOrNullObject() {
      return null;
    }
  }

  class Worksheet {
    constructor(book, { name, visibility = "Visible", cells = {}, tables = [], isProtected = false }) {
      Object.assign(this, { book, Name: name, Id: `{sheet ${book.made++}}`, Visibility: visibility, ShowGridlines: true });
      this.isProtected = isProtected;
      this.cells = new Map(Object.entries(cells).map(([key, cell]) => [key, { ...cell }]));
      this.tables = tables.map((table) => new Table(this, table));
    }
    at(row, column) {
      return this.cells.get(`${row},${column}`) ?? {};
    }
    own(row, column) {
      const key = `${row},${column}`;
      if (!this.cells.has(key)) this.cells.set(key, {});
      return this.cells.get(key);
    }
    mayChange(range) {
      if (!this.book.sheets.includes(this)) refuse("ItemNotFound", "the sheet was deleted");
      if (this.book.readOnly) refuse("AccessDenied", "the workbook is read-only");
      const open = !this.isProtected || range.map((row, column) => this.at(row, column).open).flat().every(Boolean);
      if (!open) refuse("AccessDenied", `${range.Address} is protected`);
    }
    shift(range, by) {
      this.mayChange(range);
      const moved = new Map();
      const inside = (column) => column >= range.left && column < range.left + range.columns;
      const edge = by > 0 ? range.top : range.top + range.rows;
      for (const [key, cell] of this.cells) {
        const [row, column] = key.split(",").map(Number);
        if (!inside(column) || row < range.top) moved.set(key, cell);
        else if (row >= edge) moved.set(`${row + by},${column}`, cell);
      }
      this.cells = moved;
      for (const table of this.tables) this.shiftTable(table, range, by);
      this.book.writes += 1;
    }
    shiftTable(table, range, by) {
      const { top, left, rows, columns } = table.area;
      if (left >= range.left + range.columns || range.left >= left + columns) return;
      if (range.left > left || range.left + range.columns < left + columns) refuse("InvalidOperation", "through a table");
      if (range.top <= top) table.area.top += by;
      else if (range.top < top + rows) table.area.rows += by;
    }
    get Position() {
      return this.book.sheets.indexOf(this);
    }
    get Names() {
      return new Collection([]);
    }
    get Tables() {
      return new Collection(this.tables);
    }
    get Charts() {
      return new Collection([]);
    }
    get Shapes() {
      return new Collection([]);
    }
    get Notes() {
      return new Collection([]);
    }
    get PivotTables() {
      return new Collection([]);
    }
    get Protection() {
      return new Protection(this);
    }
    get PageLayout() {
      return new PageLayout(this);
    }
    GetUsedRangeOrNullObject(valuesOnly) {
      if (!valuesOnly) refuse("ApiNotFound", "GetUsedRange with formats");
      const filled = [...this.cells].filter(([, cell]) => cell.v !== undefined || cell.f !== undefined);
      if (!filled.length) return null;
      const places = filled.map(([key]) => key.split(",").map(Number));
      const [tops, lefts] = [places.map(([row]) => row), places.map(([, column]) => column)];
      const extent = (all) => all.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [Infinity, 0]);
      const [[top, bottom], [left, right]] = [extent(tops), extent(lefts)];
      return new Range(this, top, left, bottom - top + 1, right - left + 1);
    }
    GetRange(address) {
      if (!address) refuse("ApiNotFound", "the range of a whole sheet");
      const { top, left, rows, columns } = area(address.split("!").pop());
      return new Range(this, top, left, rows, columns);
    }
    GetRangeByIndexes(top, left, rows, columns) {
      return new Range(this, top, left, rows, columns);
    }
    GetCell(row, column) {
      return new Range(this, row, column, 1, 1);
    }
    Activate() {
      this.book.active = this;
    }
    Delete() {
      if (this.book.sheets.length === 1) refuse("InvalidOperation", "the last sheet");
      this.book.remove(this);
    }
  }

  class Worksheets extends Collection {
    constructor(book) {
      super(book.sheets);
      this.book = book;
    }
    GetActiveWorksheet() {
      return this.book.active;
    }
    Add(name) {
      if (this.GetItemOrNullObject(name)) refuse("ItemAlreadyExists", name);
      const sheet = new Worksheet(this.book, { name: name ?? `Sheet${this.book.made + 1}` });
      this.book.sheets.push(sheet);
      return sheet;
    }
  }

  class NamedItem {
    constructor(book, { name, formula, visible = true }) {
      Object.assign(this, { book, Name: name, Formula: formula, Visible: visible, Id: `{name ${name}}` });
    }
    get place() {
      const found = /^=(?:'((?:[^']|'')+)'|([^'!]+))!(\$[A-Z]+\$\d+(?::\$[A-Z]+\$\d+)?)$/.exec(this.Formula);
      const sheet = found && this.book.sheets.find((one) => one.Name === (found[1]?.replaceAll("''", "'") ?? found[2]));
      return sheet ? sheet.GetRange(found[3]) : null;
    }
    get Type() {
      if (this.place) return "Range";
      return /#REF!/.test(this.Formula) ? "Error" : "String";
    }
    GetRangeOrNullObject() {
      return this.place;
    }
    GetRange() {
      return this.place ?? refuse("ItemNotFound", this.Formula);
    }
  }

  class Application {
    constructor() {
      this.CalculationMode = "Automatic";
    }
    get CultureInfo() {
      return new Culture();
    }
    Calculate() {}
  }
  class Culture {
    get Name() {
      return "vi-VN";
    }
    get DatetimeFormat() {
      return new DatetimeFormat();
    }
  }
  class DatetimeFormat {
    get ShortDatePattern() {
      return "dd/MM/yyyy";
    }
  }

  class Workbook {
    constructor({ name, sheets, names = [], readOnly = false }) {
      Object.assign(this, { Name: name, made: 0, writes: 0, readOnly, app: new Application(), saves: 0 });
      this.sheets = [];
      for (const sheet of sheets) this.sheets.push(new Worksheet(this, sheet));
      this.names = names.map((one) => new NamedItem(this, one));
      this.active = this.sheets.find((sheet) => sheet.Visibility === "Visible");
      this.selected = null;
    }
    remove(sheet) {
      this.sheets.splice(this.sheets.indexOf(sheet), 1);
      if (this.active === sheet) this.active = this.sheets[0];
      if (this.selected?.sheet === sheet) this.selected = null;
    }
    get Worksheets() {
      return new Worksheets(this);
    }
    get Application() {
      return this.app;
    }
    get Names() {
      return new Collection(this.names);
    }
    get Tables() {
      return new Collection(this.sheets.flatMap((sheet) => sheet.tables));
    }
    GetActiveCell() {
      const { sheet, top, left } = this.GetSelectedRange();
      return new Range(sheet, top, left, 1, 1);
    }
    GetSelectedRange() {
      return this.selected ?? new Range(this.active, 0, 0, 1, 1);
    }
    Save() {
      this.saves += 1;
    }
  }

  // --- batches ---------------------------------------------------------------------------------------------------
  const book = new Workbook(ask);
  const kept = new Map();
  // xlwings asks tables for this although Excel has no such property; Excel does not mind.
  const OVERLOOKED = new Set(["Table.DataBodyRange"]);

  const named = (thing, name) => `${thing?.constructor?.name}.${name}`;
  const has = (thing, name) => thing !== null && thing !== undefined && name in thing;

  function carryOut(batch) {
    const paths = batch.ObjectPaths;
    const resolved = new Map();
    const argumentsOf = (info) =>
      (info?.Arguments ?? []).map((value, place) => {
        const id = info.ReferencedObjectPathIds?.[place];
        return id ? resolve(id) : value;
      });

    function call(thing, name, info) {
      if (typeof thing?.[name] !== "function") refuse("ApiNotFound", `${named(thing, name)}()`);
      return thing[name](...argumentsOf(info));
    }
    function resolve(id) {
      if (!resolved.has(id)) resolved.set(id, found(paths[id]));
      return resolved.get(id);
    }
    function found(path) {
      const parent = path.ParentObjectPathId ? resolve(path.ParentObjectPathId) : undefined;
      if (parent === null) return null; // everything of a null object is one
      switch (path.ObjectPathType) {
        case 1:
          return book;
        case 3:
          return call(parent, path.Name, path.ArgumentInfo);
        case 4:
          return has(parent, path.Name) ? parent[path.Name] : refuse("ApiNotFound", named(parent, path.Name));
        case 5:
          return call(parent, "GetItem", path.ArgumentInfo);
        case 6:
          return kept.get(path.Name) ?? refuse("InvalidReference", path.Name);
        case 7:
          return null;
        default:
          return refuse("ApiNotFound", `path ${path.ObjectPathType}`);
      }
    }
    function loaded(thing, wanted) {
      if (thing === null) return null;
      if (thing instanceof Collection) {
        const inside = wanted.map((one) => one.replace(/^items\/?/i, "")).filter(Boolean);
        return { _Items: thing._items.map((item) => loaded(item, inside)) };
      }
      const values = has(thing, "Id") ? { Id: thing.Id } : {};
      for (const one of wanted) {
        if (one === "*") {
          if (has(thing, "Name")) values.Name = thing.Name; // of all its plain values nobody reads more
          continue;
        }
        const [head, ...rest] = one.split("/");
        const name = head[0].toUpperCase() + head.slice(1);
        if (OVERLOOKED.has(named(thing, name))) continue;
        if (!has(thing, name)) refuse("ApiNotFound", named(thing, name));
        const value = thing[name];
        const isThing = value !== null && typeof value === "object" && !Array.isArray(value);
        values[name] = isThing ? { ...values[name], ...loaded(value, rest.length ? [rest.join("/")] : []) } : value;
      }
      return values;
    }
    function keep(thing) {
      if (thing && !thing._reference) {
        Object.defineProperty(thing, "_reference", { value: `kept ${kept.size}` });
        kept.set(thing._reference, thing);
      }
      return null;
    }
    function done(action) {
      const thing = resolve(action.ObjectPathId);
      switch (action.ActionType) {
        case 1:
          if (thing === null) return null;
          return { ...(has(thing, "Id") ? { Id: thing.Id } : {}), ...(thing._reference ? { _ReferenceId: thing._reference } : {}) };
        case 2:
          return loaded(thing, action.QueryInfo?.Select ?? []);
        case 3: {
          if (action.Name === "_KeepReference") return keep(thing);
          if (action.Name === "_RemoveReference") return kept.delete(action.ArgumentInfo.Arguments[0]) && null;
          const value = call(thing, action.Name, action.ArgumentInfo) ?? null;
          return value !== null && typeof value === "object" && !Array.isArray(value) ? {} : value;
        }
        case 4: {
          if (!isSettable(thing, action.Name)) refuse("ApiNotFound", `${named(thing, action.Name)} =`);
          thing[action.Name] = argumentsOf(action.ArgumentInfo)[0];
          return null;
        }
        default:
          return refuse("ApiNotFound", `action ${action.ActionType}`);
      }
    }

    const results = [];
    for (const [place, action] of batch.Actions.entries()) {
      try {
        results.push({ ActionId: action.Id, Value: done(action) });
      } catch (error) {
        const told = { Code: error.code ?? "GeneralException", Message: error.message, ActionIndex: place, Location: "" };
        return { Results: results, Error: told, TraceIds: [] };
      }
    }
    return { Results: results, TraceIds: [] };
  }

  function isSettable(thing, name) {
    if (!has(thing, name)) return false;
    for (let at = thing; at; at = Object.getPrototypeOf(at)) {
      const own = Object.getOwnPropertyDescriptor(at, name);
      if (own) return own.set !== undefined || own.writable === true;
    }
    return false;
  }

  const refusals = [];
  let beforeBatch = () => {};
  OSF.DDA.RichApi ??= {};
  OSF.DDA.RichApi.executeRichApiRequestAsync = (message, answer) => {
    const batch = JSON.parse(message[4]);
    beforeBatch(batch);
    const result = carryOut(batch);
    if (result.Error) refusals.push(`${result.Error.Code}: ${result.Error.Message}`);
    setTimeout(() => answer({ status: "succeeded", value: { data: [200, [], JSON.stringify(result)] } }), 0);
  };

  // --- the shell around it ---------------------------------------------------------------------------------------
  const SETS = { excelapi: "1.17", sharedruntime: "1.2", customfunctionsruntime: "1.4", dialogapi: "1.2", ...ask.sets };
  const rank = (text) => text.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
  const context = {
    requirements: { isSetSupported: (set, version = "1.1") => rank(SETS[set.toLowerCase()] ?? "0.0") >= rank(version) },
    host: "Excel",
    platform: "PC",
    diagnostics: { host: "Excel", platform: "PC", version: "16.0.0.0" },
    displayLanguage: "vi-VN",
    contentLanguage: "vi-VN",
    ui: {},
  };
  OSF._OfficeAppFactory = Object.assign(OSF._OfficeAppFactory ?? {}, { getContext: () => context });
  const ready = { host: "Excel", platform: "PC" };
  Office.onReady = (hear) => {
    if (hear) setTimeout(() => hear(ready), 0);
    return Promise.resolve(ready);
  };
  const buttons = new Map();
  Office.actions = { associate: (name, press) => buttons.set(name, press) };
  let shown = 0;
  Office.addin = { showAsTaskpane: async () => (shown += 1) };
  const functions = new Map();
  CustomFunctions.associate = (id, run) => functions.set(id, run); // the part of office.js that loads the rest

  /** An answer as it leaves the page: Microsoft's own error objects say what reaches the cell. */
  const leaving = (answer) => JSON.parse(JSON.stringify(answer));

  globalThis.testExcel = {
    book,
    refusals,
    functions: () => [...functions.keys()],
    buttons: () => [...buttons.keys()],
    timesShown: () => shown,
    /** What a person does meanwhile: called before every batch. */
    meanwhile: (act) => (beforeBatch = act),
    press: (name) => new Promise((done) => buttons.get(name)({ source: { id: name }, completed: () => done("completed") })),
    /** What Excel does with =CTD.NAME(…): grids in, a grid out, or an error with its sentence. */
    async calculate(name, grids) {
      try {
        const invocation = { address: `${quoted(book.active.Name)}!A1`, parameterAddresses: [], functionName: name };
        return leaving(await functions.get(name)(...grids, invocation));
      } catch (error) {
        if (!(error instanceof CustomFunctions.Error)) throw error;
        return leaving(error);
      }
    },
    /** The workbook as plain values, to be compared with a file. */
    content: () =>
      book.sheets.map((sheet) => ({
        name: sheet.Name,
        cells: Object.fromEntries([...sheet.cells].filter(([, cell]) => cell.v !== undefined || cell.f !== undefined)),
        tables: Object.fromEntries(sheet.tables.map((table) => [table.Name, table.GetRange().local])),
      })),
    selection: () => [book.active.Name, book.GetSelectedRange().local],
  };
})();
