/** A CloudFormation template, or a part of one. */
export type TemplatePart =
  | string
  | number
  | boolean
  | readonly TemplatePart[]
  | { readonly [key: string]: TemplatePart };

/** A whole template. */
export type Template = { readonly [key: string]: TemplatePart };

/** A text that CloudFormation fills in. */
export const sub = (text: string): TemplatePart => ({ 'Fn::Sub': text });

/** The value of a parameter, or the id of a resource. */
export const ref = (name: string): TemplatePart => ({ Ref: name });

/** Plain data as a part of a template. */
export const part = (data: unknown): TemplatePart => JSON.parse(JSON.stringify(data)) as TemplatePart;

/** Plain data as a part of a template, of which CloudFormation fills in what is written as `${Parameter}`. */
export const filledIn = (data: unknown): TemplatePart =>
  JSON.parse(JSON.stringify(data), (_key, value: unknown) =>
    typeof value === 'string' && value.includes('${') ? sub(value) : value,
  ) as TemplatePart;
