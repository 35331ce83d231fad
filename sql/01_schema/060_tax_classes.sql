-- What kinds of goods are taxed differently. Products, rates and settings refer to a row, so that a
-- mistyped class is refused instead of being untaxed.

CREATE TABLE tax_classes (
    tax_class TAX_CLASS_NAME PRIMARY KEY
);

INSERT INTO tax_classes (tax_class) VALUES ('standard'), ('reduced'), ('zero');

CREATE TRIGGER tax_classes_stay
BEFORE UPDATE OR DELETE ON tax_classes
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'orders remember the class they were taxed by', 'Add a class and move the products to it.'
);

COMMENT ON TABLE tax_classes IS
'standard, reduced and zero are part of the definition, more are the store''s; never renamed.';
