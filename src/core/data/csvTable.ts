/** A CSV file as rows of text with their line numbers. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { UserError } from '../errors';
import { errorCode, reasonOf } from '../formats/fileErrors';
import { standInOf } from '../formats/standIn';

export interface CsvTable {
  readonly file: string;
  readonly header: readonly string[];
  readonly rows: readonly { readonly fields: readonly string[]; readonly line: number }[];
}

const maxRows = 5_000_000;
/** A single field, or what an unclosed quote swallows. */
const maxRecordBytes = 1024 * 1024;
const delimiters = [',', ';', '\t'];

/** Throws UserError with the line of what is wrong. */
export async function readCsvTable(file: string, signal?: AbortSignal): Promise<CsvTable> {
  let header: readonly string[] | undefined;
  try {
    const delimiter = await sniffDelimiter(file);
    const parser = createReadStream(file).pipe(
      parse({
        bom: true,
        delimiter,
        record_delimiter: ['\r\n', '\n', '\r'],
        info: true,
        // Spreadsheets leave rows of delimiters behind.
        skip_records_with_empty_values: true,
        skip_empty_lines: true,
        max_record_size: maxRecordBytes,
        // Told below.
        relax_column_count: true,
      }),
    );
    const rows: { fields: string[]; line: number }[] = [];
    for await (const { record: fields, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      signal?.throwIfAborted();
      if (!header) {
        header = fields;
        continue;
      }
      if (fields.length !== header.length)
        throw new UserError(
          `${file} line ${info.lines} does not have the ${header.length} fields of the header but ${fields.length}: give every row as many, with quotes around what holds a delimiter.`,
        );
      if (rows.length >= maxRows)
        throw new UserError(`${file} has over ${maxRows} rows: give a smaller table.`);
      rows.push({ fields, line: info.lines });
    }
    if (!header) throw new UserError(`${file} is empty: give a table with the columns path and label.`);
    return { file, header, rows };
  } catch (error) {
    if (error instanceof CsvError) {
      const line = typeof error.lines === 'number' ? ` line ${error.lines}` : '';
      throw new UserError(`${file}${line} cannot be read: ${firstSentence(error.message)}; correct it.`);
    }
    if (errorCode(error) === undefined || signal?.aborted) throw error;
    throw new UserError(`${file} cannot be read: ${reasonOf(error)}.`);
  }
}

function firstSentence(message: string): string {
  return message.split('\n')[0]!.replace(/\.$/, '');
}

/** Whichever there is most of in the first line, outside of quotes. */
async function sniffDelimiter(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.alloc(64 * 1024);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    const standIn = bytesRead > 0 ? standInOf(bytes.subarray(0, bytesRead)) : undefined;
    if (standIn !== undefined) throw new UserError(`${file} cannot be read: ${standIn}.`);
    const line = bytes
      .toString('utf8', 0, bytesRead)
      .trimStart()
      .split(/[\r\n]/, 1)[0]!
      .replace(/"[^"]*"/g, '');
    const count = (delimiter: string) => line.split(delimiter).length;
    return delimiters.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
  } finally {
    await handle.close();
  }
}
