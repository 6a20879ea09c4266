export { valueOfCell } from './cells.ts';
export { createTransfer, type TransferOptions } from './create-transfer.ts';
export * from './transfer.ts';
